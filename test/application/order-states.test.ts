import { expect, it } from 'vitest';
import type { Account } from '../../src/domain/account/account.ts';
import { HOUR, MINUTE } from '../../src/domain/clock.ts';
import { Outage } from '../../src/domain/outage.ts';
import { type Order, ORDER_STATES, type OrderState } from '../../src/domain/order/order.ts';
import { Refusal } from '../../src/domain/refusal.ts';
import { describeOn } from '../support/backends.ts';
import { STORAGES } from '../support/storages.ts';
import { till } from '../support/till.ts';

type Till = ReturnType<typeof till>;

interface Scene extends Till {
  readonly order: Order;
  readonly payer: Account;
}

/** All that can come to an order from outside, and how it ends: a state, or a refusal and the state that stays. */
const EVENTS: Record<
  string,
  {
    readonly happen: (scene: Scene) => Promise<unknown>;
    readonly ends: Record<OrderState, string>;
    readonly only?: readonly OrderState[];
  }
> = {
  'its payer comes to pay': {
    happen: ({ pay, order, payer }) => pay.execute(order.id, payer.id, '203.0.113.7'),
    ends: {
      created: 'prepaid',
      prepaying: 'prepaid',
      prepaid: 'prepaid',
      closing: 'closing: order-closed',
      closed: 'closed: order-closed',
      failed: 'failed: order-failed',
      paid: 'paid: order-paid',
    },
  },
  'its payer comes to pay and WeChat refuses': {
    happen: ({ pay, order, payer, payments }) => {
      payments.nextRefusal = 'NOAUTH';
      return pay.execute(order.id, payer.id, '203.0.113.7');
    },
    ends: {
      created: 'failed: payment-refused',
      prepaying: 'failed: payment-refused',
      prepaid: 'prepaid',
      closing: 'closing: order-closed',
      closed: 'closed: order-closed',
      failed: 'failed: order-failed',
      paid: 'paid: order-paid',
    },
  },
  'its payer comes to pay and WeChat does not answer': {
    happen: ({ pay, order, payer, payments }) => {
      payments.failNext('prepay', 'after');
      return pay.execute(order.id, payer.id, '203.0.113.7');
    },
    ends: {
      created: 'prepaying: wechat-timeout',
      prepaying: 'prepaying: wechat-timeout',
      prepaid: 'prepaid',
      closing: 'closing: order-closed',
      closed: 'closed: order-closed',
      failed: 'failed: order-failed',
      paid: 'paid: order-paid',
    },
  },
  'somebody else comes to pay': {
    happen: async ({ pay, order, user }) => pay.execute(order.id, (await user('mallory')).id, '203.0.113.8'),
    ends: {
      created: 'created: order-not-found',
      prepaying: 'prepaying: order-not-found',
      prepaid: 'prepaid: order-not-found',
      closing: 'closing: order-not-found',
      closed: 'closed: order-not-found',
      failed: 'failed: order-not-found',
      paid: 'paid: order-not-found',
    },
  },
  'the merchant would have it paid by a code': {
    happen: ({ payElsewhere, order }) => payElsewhere.execute(order, { tradeType: 'NATIVE', clientIp: '198.51.100.7' }),
    ends: {
      created: 'created: trade-type-conflict',
      prepaying: 'prepaying: trade-type-conflict',
      prepaid: 'prepaid: trade-type-conflict',
      closing: 'closing: trade-type-conflict',
      closed: 'closed: order-closed',
      failed: 'failed: order-failed',
      paid: 'paid: order-paid',
    },
  },
  'the merchant closes it': {
    happen: ({ close, order }) => close.execute(order),
    ends: {
      created: 'closed',
      prepaying: 'closed',
      prepaid: 'closed',
      closing: 'closed',
      closed: 'closed',
      failed: 'failed',
      paid: 'paid: order-paid',
    },
  },
  'the merchant closes it and WeChat does not answer': {
    happen: ({ close, order, payments }) => {
      payments.failNext('close', 'before');
      return close.execute(order);
    },
    ends: {
      created: 'closed',
      prepaying: 'closing',
      prepaid: 'closing',
      closing: 'closing',
      closed: 'closed',
      failed: 'failed',
      paid: 'paid: order-paid',
    },
  },
  'a notice says that it was paid': {
    happen: ({ notice, order, payments }) => notice(payments.noticeOf(order.id, reportOf(order))),
    ends: {
      created: 'paid',
      prepaying: 'paid',
      prepaid: 'paid',
      closing: 'paid',
      closed: 'paid late',
      failed: 'paid late',
      paid: 'paid',
    },
  },
  'a notice says that its payment failed': {
    happen: ({ notice, order, payments }) => notice(payments.failedNoticeOf(order.id)),
    ends: stays(),
  },
  'a notice has another amount': {
    happen: ({ notice, order, payments }) => notice(payments.noticeOf(order.id, { ...reportOf(order), total: 1 })),
    ends: stays(),
  },
  'a notice is signed too weakly': {
    happen: ({ notice, order, payments }) => notice(payments.noticeOf(order.id, reportOf(order), 'weaker')),
    ends: stays(),
  },
  'a notice is forged': {
    happen: ({ notice, order, payments }) => notice(payments.noticeOf(order.id, reportOf(order), 'foreign')),
    ends: stays(),
  },
  'it is asked about and was not paid': {
    happen: ({ sync, order }) => sync.execute(order),
    ends: stays(),
  },
  'it is asked about and was paid': {
    only: ['prepaid', 'closing'],
    happen: ({ sync, order, payments }) => {
      payments.payAt(order.id);
      return sync.execute(order);
    },
    ends: { ...stays(), prepaid: 'paid', closing: 'paid' },
  },
  'it is asked about and WeChat does not answer': {
    happen: ({ sync, order, payments }) => {
      payments.failNext('query', 'before');
      return sync.execute(order);
    },
    ends: {
      created: 'created',
      prepaying: 'prepaying: wechat-timeout',
      prepaid: 'prepaid: wechat-timeout',
      closing: 'closing: wechat-timeout',
      closed: 'closed: wechat-timeout',
      failed: 'failed: wechat-timeout',
      paid: 'paid',
    },
  },
  'a minute passes': {
    happen: async ({ settle, clock }) => {
      clock.pass(MINUTE);
      await settle.execute({ onFailure: rethrow });
    },
    ends: {
      created: 'created',
      prepaying: 'prepaid',
      prepaid: 'prepaid',
      closing: 'closed',
      closed: 'closed',
      failed: 'failed',
      paid: 'paid',
    },
  },
  'a minute passes after its notice was lost': {
    only: ['prepaid', 'closing'],
    happen: async ({ settle, clock, payments, order }) => {
      payments.payAt(order.id);
      clock.pass(MINUTE);
      await settle.execute({ onFailure: rethrow });
    },
    ends: { ...stays(), prepaid: 'paid', closing: 'paid' },
  },
  'its time is over': {
    happen: async ({ settle, clock }) => {
      clock.pass(3 * HOUR);
      await settle.execute({ onFailure: rethrow });
    },
    ends: {
      created: 'closed',
      prepaying: 'closed',
      prepaid: 'closed',
      closing: 'closed',
      closed: 'closed',
      failed: 'failed',
      paid: 'paid',
    },
  },
};

function stays(): Record<OrderState, string> {
  return Object.fromEntries(ORDER_STATES.map((state) => [state, state])) as Record<OrderState, string>;
}

const reportOf = (order: Order) => ({
  total: order.amount.total,
  payer: order.payer?.openid ?? null,
  ...(order.state === 'paid' && { transactionId: order.payment.transactionId }),
});

function rethrow(error: unknown): never {
  throw error;
}

describeOn('the states of an order', STORAGES, (storage) => {
  it.each(Object.keys(EVENTS))('%s, in every state', async (name) => {
    const { happen, ends, only = ORDER_STATES } = EVENTS[name]!;
    const persistence = await storage.open();
    for (const state of only) {
      const scene = till(persistence);
      const payer = await scene.user('alice');
      const order = await scene.inState(state, payer);
      const before = await scene.told(order.id);
      const refused = await happen({ ...scene, order, payer }).then(() => undefined, codeOf);
      const after = await scene.find.execute(order.id);
      const late = after.state === 'paid' && after.late ? ' late' : '';
      const end = `${after.state}${late}${refused === undefined ? '' : `: ${refused}`}`;
      expect(end, state).toBe(ends[state]);
      const told = await scene.told(order.id);
      expect(told.slice(0, before.length)).toEqual(before);
      expect(told.filter((type) => type === 'order.paid')).toHaveLength(after.state === 'paid' ? 1 : 0);
      expect(after.sequence).toBe(told.length);
    }
  });
});

function codeOf(error: unknown): string {
  if (error instanceof Refusal || error instanceof Outage) return error.code;
  throw error;
}
