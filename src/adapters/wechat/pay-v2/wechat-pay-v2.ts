import { type Clock, HOUR, later, SECOND } from '../../../domain/clock.ts';
import { Outage } from '../../../domain/outage.ts';
import type { Merchant, Order, PrepayingOrder, Ticket } from '../../../domain/order/order.ts';
import type {
  Acknowledgement,
  CloseAnswer,
  NoticeReading,
  NoticeVerdict,
  PaymentGateway,
  PaymentRequest,
  PrepayAnswer,
  QueryAnswer,
  RawNotice,
  Unknown,
} from '../../../domain/order/payment-gateway.ts';
import { misconfigured, unreadable } from '../pay-client/outages.ts';
import { PayClient } from '../pay-client/pay-client.ts';
import { compactTime } from '../protocol/compact-time.ts';
import { paySignV2 } from '../protocol/pay-sign.ts';
import type { V2Fields } from '../protocol/v2-signature.ts';
import { CallReports } from './call-reports.ts';
import { CLOSEORDER_CODES, ORDERQUERY_CODES, settledBy, UNIFIEDORDER_CODES } from './err-codes.ts';
import { openAnswer, type V2Answer } from './v2-answer.ts';
import { acknowledgeV2, readV2Notice } from './v2-notice.ts';
import { newNonce, type V2Call, type V2Parameters, v2Request } from './v2-request.ts';
import { readTradeState } from './v2-trade-state.ts';
import type { PayV2Settings } from './v2-settings.ts';

const TICKET_LIFETIME = 2 * HOUR;

/** WeChat Pay's version 2: XML, signed with a key that both sides have. */
export class WechatPayV2 implements PaymentGateway {
  readonly merchant: Merchant;
  readonly #settings: PayV2Settings;
  readonly #clock: Clock;
  readonly #client: PayClient;
  readonly #reports: CallReports;

  constructor(settings: PayV2Settings, clock: Clock) {
    this.merchant = { appid: settings.appid, mchid: settings.mchid };
    this.#settings = settings;
    this.#clock = clock;
    this.#client = new PayClient(settings);
    this.#reports = new CallReports(settings, clock);
  }

  prepay(order: PrepayingOrder): Promise<PrepayAnswer> {
    const expiresAt = later(this.#clock.now(), TICKET_LIFETIME);
    const parameters = unifiedOrderOf(order, this.#settings.notifyUrl);
    return this.#ask<PrepayAnswer>('unifiedorder', order, parameters, (answer) => {
      if (answer.kind === 'success')
        return { kind: 'ready', ticket: { prepayId: prepayIdIn(answer.fields), expiresAt } };
      const kind = settledBy(UNIFIEDORDER_CODES, answer.code);
      return kind === 'refused' ? { kind, reason: answer.code } : { kind };
    });
  }

  query(order: Order): Promise<QueryAnswer> {
    return this.#ask<QueryAnswer>('orderquery', order, { out_trade_no: order.id }, (answer) => {
      if (answer.kind === 'success') return readTradeState(answer.fields, order.id);
      return { kind: settledBy(ORDERQUERY_CODES, answer.code) };
    });
  }

  close(order: Order): Promise<CloseAnswer> {
    return this.#ask<CloseAnswer>('closeorder', order, { out_trade_no: order.id }, (answer) => {
      if (answer.kind === 'success') return { kind: 'closed' };
      const kind = settledBy(CLOSEORDER_CODES, answer.code);
      return kind === 'refused' ? { kind, reason: answer.code } : { kind };
    });
  }

  paymentRequest({ prepayId }: Ticket): PaymentRequest {
    const { appid, key, signType } = this.#settings;
    const request = {
      timeStamp: String(Math.floor(this.#clock.now().getTime() / SECOND)),
      nonceStr: newNonce(),
      package: `prepay_id=${prepayId}`,
      signType,
    };
    return { ...request, paySign: paySignV2({ appId: appid, ...request }, key.reveal()) };
  }

  readNotice(raw: RawNotice): NoticeReading {
    return readV2Notice(raw, this.#settings);
  }

  acknowledge(verdict: NoticeVerdict): Acknowledgement {
    return acknowledgeV2(verdict);
  }

  /** Whatever keeps WeChat from saying yes or no is an answer, too. */
  async #ask<Answer>(
    call: V2Call,
    order: Order,
    parameters: V2Parameters,
    read: (answer: V2Answer) => Answer,
  ): Promise<Answer | Unknown> {
    if (!this.#isOurs(order)) return { kind: 'unknown', outage: misconfigured('an order of another merchant') };
    try {
      return await this.#reported(call, order, (heard) =>
        this.#client.ask(
          () => v2Request(call, parameters, this.#settings),
          (response) => read(heard(openAnswer(response, this.#settings))),
        ),
      );
    } catch (error) {
      if (error instanceof Outage) return { kind: 'unknown', outage: error };
      throw error;
    }
  }

  /** Of an order that was put to WeChat in another name, WeChat would tell us that it does not exist. */
  #isOurs({ appid, mchid }: Order): boolean {
    return appid === this.merchant.appid && mchid === this.merchant.mchid;
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

/** Everything comes from the order, so that saying it again is saying the very same. */
const unifiedOrderOf = (order: PrepayingOrder, notifyUrl: string): V2Parameters => ({
  trade_type: 'JSAPI',
  body: order.description,
  out_trade_no: order.id,
  fee_type: order.amount.currency,
  total_fee: String(order.amount.total),
  spbill_create_ip: order.prepay.clientIp,
  time_expire: compactTime(order.timeExpire),
  notify_url: notifyUrl,
  openid: order.payer.openid,
  attach: order.attach ?? undefined,
});

function prepayIdIn(fields: V2Fields): string {
  const id = fields.get('prepay_id') ?? '';
  if (!/^[!-~]{1,64}$/.test(id)) throw unreadable('no prepay_id');
  return id;
}
