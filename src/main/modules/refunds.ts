import { LookForRefunds } from '../../application/look-for-refunds.ts';
import { ReceiveRefundNotice } from '../../application/receive-refund-notice.ts';
import { RefundOrder } from '../../application/refund-order.ts';
import { SettleRefunds } from '../../application/settle-refunds.ts';
import { moduleOf } from '../container.ts';
import { TOKENS as T } from '../tokens.ts';

const { canRefund, clock, ids, lookForRefunds, orders, payments, settleRefunds } = T;

/** The way back of the money. */
export const refundsModule = moduleOf((bind) => {
  bind.made(canRefund, { config: T.config }, ({ config }) => Boolean(config.payments?.certificate));
  bind.built(lookForRefunds, LookForRefunds, { clock, orders, payments });
  bind.built(settleRefunds, SettleRefunds, { clock, lookForRefunds, orders, payments });
  bind.built(T.refundOrder, RefundOrder, { canRefund, clock, ids, orders, settleRefunds });
  bind.built(T.receiveRefundNotice, ReceiveRefundNotice, { clock, orders, payments });
});
