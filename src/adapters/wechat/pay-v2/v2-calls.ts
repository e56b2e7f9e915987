import type { Clock } from '../../../domain/clock.ts';
import type { Order } from '../../../domain/order/order.ts';
import type { Unknown } from '../../../domain/order/payment-gateway.ts';
import { Outage } from '../../../domain/outage.ts';
import { misconfigured } from '../pay-client/outages.ts';
import { PayClient } from '../pay-client/pay-client.ts';
import { CallReports } from './call-reports.ts';
import { openAnswer, type V2Answer } from './v2-answer.ts';
import { type V2Call, type V2Parameters, v2Request } from './v2-request.ts';
import { isOurAppid, type PayV2Settings } from './v2-settings.ts';

/** Puts our calls to WeChat and opens its answers: what is the same for all of them. */
export class V2Calls {
  readonly #settings: PayV2Settings;
  readonly #client: PayClient;
  /** Over connections that show our certificate. */
  readonly #certified: PayClient | undefined;
  readonly #reports: CallReports;

  constructor(settings: PayV2Settings, clock: Clock) {
    this.#settings = settings;
    const { baseUrl, backupBaseUrl, deadline, certificate } = settings;
    const hosts = { baseUrl, backupBaseUrl };
    this.#client = new PayClient({ ...hosts, deadline });
    // Refunds take WeChat long, and it counts those that fail: none is repeated before somebody has thought about it.
    const careful = { deadline: 2 * deadline, mostRepeats: 0 };
    this.#certified = certificate ? new PayClient({ ...hosts, ...careful, certificate }) : undefined;
    this.#reports = new CallReports(settings, clock);
  }

  /** Whatever keeps WeChat from saying yes or no is an answer, too. */
  async ask<Answer>(
    call: V2Call,
    order: Order,
    parameters: V2Parameters,
    read: (answer: V2Answer) => Answer,
  ): Promise<Answer | Unknown> {
    const client = call === 'refund' ? this.#certified : this.#client;
    if (!client) return { kind: 'unknown', outage: misconfigured('no merchant certificate') };
    if (!this.#isOurs(order)) return { kind: 'unknown', outage: misconfigured('an order of another merchant') };
    const identity = { ...this.#settings, appid: order.appid };
    try {
      return await this.#reported(call, order, (heard) =>
        client.ask(
          () => v2Request(call, parameters, identity),
          (response) => read(heard(openAnswer(response, identity))),
        ),
      );
    } catch (error) {
      if (error instanceof Outage) return { kind: 'unknown', outage: error };
      throw error;
    }
  }

  /** Of an order that was put to WeChat in another name, WeChat would tell us that it does not exist. */
  #isOurs({ appid, mchid }: Order): boolean {
    return isOurAppid(appid, this.#settings) && mchid === this.#settings.mchid;
  }

  async #reported<Answer>(
    call: V2Call,
    order: Order,
    work: (heard: (answer: V2Answer) => V2Answer) => Promise<Answer>,
  ): Promise<Answer> {
    const begun = performance.now();
    let answer: V2Answer | undefined;
    try {
      return await work((heard) => (answer = heard));
    } finally {
      const clientIp = 'prepay' in order ? order.prepay.clientIp : undefined;
      this.#reports.tell({ call, outTradeNo: order.id, clientIp, answer, milliseconds: performance.now() - begun });
    }
  }
}
