import { LookForRefunds } from '../../application/look-for-refunds.ts';
import { ReceiveRefundNotice } from '../../application/receive-refund-notice.ts';
import { RefundOrder } from '../../application/refund-order.ts';
import { SendAbnormalRefund } from '../../application/send-abnormal-refund.ts';
import { SettleRefunds } from '../../application/settle-refunds.ts';
import { moduleOf } from '../container.ts';
import { TOKENS as T } from '../tokens.ts';

const { clock, ids, lookForRefunds, orders, payments, settleRefunds } = T;

/** The way back of the money. */
export const refundsModule = moduleOf((bind) => {
  bind.built(lookForRefunds, LookForRefunds, { clock, orders, payments });
  bind.built(settleRefunds, SettleRefunds, { clock, lookForRefunds, orders, payments });
  bind.built(T.refundOrder, RefundOrder, { clock, ids, orders, payments, settleRefunds });
  bind.built(T.receiveRefundNotice, ReceiveRefundNotice, { clock, orders });
  bind.built(T.sendAbnormalRefund, SendAbnormalRefund, { lookForRefunds, payments });
});
