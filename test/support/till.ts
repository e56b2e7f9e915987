import type { Account } from '../../src/domain/account/account.ts';
import type { Persistence } from '../../src/domain/persistence.ts';
import type { Order, OrderState } from '../../src/domain/order/order.ts';
import type { RawNotice } from '../../src/domain/order/notice-reader.ts';
import { compose } from '../../src/main/compose.ts';
import { resolve } from '../../src/main/container.ts';
import { createLogger } from '../../src/main/logger.ts';
import { TOKENS as T } from '../../src/main/tokens.ts';
import { FakePaymentGateway } from './fake-payment-gateway.ts';
import { MCHID, sampleAccount, samplePayer, stepsTo } from './samples.ts';
import { TestClock } from './test-clock.ts';
import { testConfig } from './test-config.ts';
import { walk } from './walk.ts';

/** Every use case of payments as main composes them, over a storage, with a WeChat Pay of the test's own. */
export function till(
  persistence: Persistence,
  clock = new TestClock(),
  payments = new FakePaymentGateway(clock),
  environment: Readonly<Record<string, string>> = {},
) {
  const container = compose(
    testConfig({ WECHAT_PAY_MCHID: MCHID, ...environment }),
    createLogger('silent'),
    persistence,
  );
  container.rebind(T.clock).toConstantValue(clock);
  container.rebind(T.payments).toConstantValue(payments);
  const { orders, events, accounts } = persistence;
  const receive = resolve(container, T.receiveNotice);
  const notice = async (raw: RawNotice) => (await receive.execute(raw, payments)).verdict;
  return {
    clock,
    payments,
    orders,
    create: resolve(container, T.createOrder),
    find: resolve(container, T.findOrder),
    list: resolve(container, T.listOrders),
    pay: resolve(container, T.payOrder),
    payElsewhere: resolve(container, T.payElsewhere),
    sync: resolve(container, T.syncOrder),
    close: resolve(container, T.closeOrder),
    settle: resolve(container, T.settleDueOrders),
    once: resolve(container, T.answerOnce),
    refund: resolve(container, T.refundOrder),
    sendAbnormalRefund: resolve(container, T.sendAbnormalRefund),
    settleRefunds: resolve(container, T.settleRefunds),
    notice,
    /** A user, known to the storage. */
    user: (name: string): Promise<Account> => accounts.register(sampleAccount({ openid: `o${name}` as never })),
    /** An order of that user in this state, which WeChat knows as much of as it would. */
    async inState(state: OrderState, payer: Account): Promise<Order> {
      const steps = stepsTo(state, { payer: samplePayer({ openid: payer.openid, accountId: payer.id }) });
      const order = await walk(orders, steps);
      const prepaying = steps.map((step) => step.order).find((known) => known.state === 'prepaying');
      if (prepaying && state !== 'prepaying' && state !== 'failed') await payments.prepay(prepaying);
      if (state === 'closed') payments.closeAt(order.id);
      if (state === 'paid' && order.state === 'paid') payments.payAt(order.id, order.payment);
      return order;
    },
    /** What has been told of an order, in its order. */
    told: async (id: string): Promise<string[]> => {
      const types: string[] = [];
      let after = '';
      for (let page = await events.page(after, 200); page.length > 0; page = await events.page(after, 200)) {
        types.push(...page.filter(({ event }) => event.orderId === id).map(({ event }) => textOf(event.happening)));
        after = page.at(-1)!.id;
      }
      return types;
    },
  };
}

const textOf = (happening: { readonly type: string; readonly kind?: string }): string =>
  happening.kind === undefined ? happening.type : `${happening.type} ${happening.kind}`;
