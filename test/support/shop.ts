import { onTestFinished } from 'vitest';
import { listen } from '../../src/adapters/koa/server.ts';
import type { V2SignType } from '../../src/adapters/wechat/protocol/v2-signature.ts';
import type { Account } from '../../src/domain/account/account.ts';
import { HOUR, later } from '../../src/domain/clock.ts';
import { fen } from '../../src/domain/order/fen.ts';
import type { LoggedEvent } from '../../src/domain/order/event-log.ts';
import type { Order } from '../../src/domain/order/order.ts';
import type { RawNotice } from '../../src/domain/order/notice-reader.ts';
import type { PayApi } from '../../src/domain/order/pay-api.ts';
import type { PaymentRequest } from '../../src/domain/order/payment-gateway.ts';
import { Outage } from '../../src/domain/outage.ts';
import type { Persistence } from '../../src/domain/persistence.ts';
import { Refusal } from '../../src/domain/refusal.ts';
import { compose } from '../../src/main/compose.ts';
import { resolve } from '../../src/main/container.ts';
import { createLogger } from '../../src/main/logger.ts';
import { TOKENS as T } from '../../src/main/tokens.ts';
import { Client } from './client.ts';
import { CommonClock } from './common-clock.ts';
import { sampleAccount } from './samples.ts';
import { payV3To } from './scripted-pay-v3.ts';
import { MERCHANT, payV2To } from './simulated-wechat-pay.ts';
import { testConfig } from './test-config.ts';
import { WechatInHand } from './wechat-in-hand.ts';

export type Shop = Awaited<ReturnType<typeof openShop>>;

const logger = createLogger('silent');

interface Wishes {
  /** The version in which orders are put to WeChat; notices are taken in both. */
  readonly api?: PayApi;
  readonly wechat?: WechatInHand;
  readonly clock?: CommonClock;
  readonly deadline?: number;
  readonly signType?: V2SignType;
}

/** Every use case of payments as main composes them, over a storage, with the real adapters and a WeChat in hand. */
export async function openShop(persistence: Persistence, wishes: Wishes = {}) {
  const { api = 'v2', wechat = await WechatInHand.open(), clock = new CommonClock() } = wishes;
  const gateways = gatewaysTo(wechat.url, clock, wishes);
  const payments = gateways[api];
  const container = compose(testConfig(), logger, persistence);
  container.rebind(T.clock).toConstantValue(clock);
  container.rebind(T.payments).toConstantValue(payments);
  container.rebind(T.noticeReaders).toConstantValue(gateways);
  const receive = resolve(container, T.receiveNotice);
  const create = resolve(container, T.createOrder);
  const pay = resolve(container, T.payOrder);
  const find = resolve(container, T.findOrder);
  const user = (name: string): Promise<Account> =>
    persistence.accounts.register(sampleAccount({ openid: wechat.openid(name) }));
  return {
    clock,
    persistence,
    wechat,
    payments,
    create,
    pay,
    sync: resolve(container, T.syncOrder),
    close: resolve(container, T.closeOrder),
    settle: resolve(container, T.settleDueOrders),
    refund: resolve(container, T.refundOrder),
    user,
    find: (id: string): Promise<Order> => find.execute(id),
    notice: async (raw: RawNotice) => (await receive.execute(raw, payments)).verdict,
    /** An order of this user's whose phone is about to pay. */
    async prepaid(
      name = 'alice',
      { total = 888, life = 2 * HOUR } = {},
    ): Promise<{ readonly order: Order; readonly request: PaymentRequest }> {
      const account = await user(name);
      const amount = { total: fen(total), currency: 'CNY' } as const;
      const { id } = await create.execute({
        description: 'Wexagon-拿铁咖啡',
        amount,
        timeExpire: later(clock.now(), life),
      });
      const request = await pay.execute(id, account.id, '203.0.113.7');
      return { order: await find.execute(id), request };
    },
    /** The same over HTTP, for as long as the test runs. */
    async serve(): Promise<Client> {
      const server = await listen(resolve(container, T.handler), '127.0.0.1', 0);
      onTestFinished(() => server.close(0));
      return new Client(`http://127.0.0.1:${server.port}`);
    },
  };
}

function gatewaysTo(url: string, clock: CommonClock, { deadline, signType }: Wishes) {
  const patience = deadline === undefined ? {} : { deadline };
  return {
    v2: payV2To(url, { ...patience, ...(signType && { signType }) }, clock),
    v3: payV3To(url, { ...patience, mchid: MERCHANT }, clock),
  };
}

/** Lets time pass and settles, until nothing is left that could be settled or it has been enough. */
export async function settleUntilQuiet({ clock, persistence, settle }: Shop, step: number, most = 20): Promise<void> {
  for (let turn = 0; turn < most; turn += 1) {
    clock.pass(step);
    await settle.execute();
    if ((await persistence.orders.due(new Date(8.64e15), 1)).length === 0) return;
  }
}

/** Reads on in the event log from where it stopped. */
export class LogReader {
  readonly #persistence: Persistence;
  #after = '';

  constructor(persistence: Persistence) {
    this.#persistence = persistence;
  }

  async rest(): Promise<LoggedEvent[]> {
    const read: LoggedEvent[] = [];
    for (;;) {
      const page = await this.#persistence.events.page(this.#after, 200);
      if (page.length === 0) return read;
      read.push(...page);
      this.#after = page.at(-1)!.id;
    }
  }
}

/** The code of a refusal or an outage, undefined for a success; anything else is a bug. */
export async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof Refusal || error instanceof Outage) return error.code;
    throw error;
  }
}
