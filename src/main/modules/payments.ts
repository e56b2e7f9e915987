import { AnswerOnce } from '../../application/answer-once.ts';
import { CloseOrder } from '../../application/close-order.ts';
import { CreateOrder } from '../../application/create-order.ts';
import { FindOrder } from '../../application/find-order.ts';
import { FinishClosing } from '../../application/finish-closing.ts';
import { FinishPrepaying } from '../../application/finish-prepaying.ts';
import { ListOrders } from '../../application/list-orders.ts';
import { LookAtOrder } from '../../application/look-at-order.ts';
import { ObtainTicket } from '../../application/obtain-ticket.ts';
import { PayElsewhere } from '../../application/pay-elsewhere.ts';
import { PayOrder } from '../../application/pay-order.ts';
import { ReadEvents } from '../../application/read-events.ts';
import { ReceiveNotice } from '../../application/receive-notice.ts';
import { ReceivePaymentNotice } from '../../application/receive-payment-notice.ts';
import { SettleDueOrders } from '../../application/settle-due-orders.ts';
import { SweepRequests } from '../../application/sweep-requests.ts';
import { SyncOrder } from '../../application/sync-order.ts';
import { newOutRefundNo } from '../../domain/order/refund.ts';
import { moduleOf } from '../container.ts';
import { TOKENS as T } from '../tokens.ts';

const { accounts, clock, events, idempotency, ids, orders, payments } = T;
const { closeOrder, findOrder, finishClosing, finishPrepaying, lookAtOrder, obtainTicket, receivePaymentNotice } = T;
const { latePayment, lookForRefunds, settleRefunds } = T;

/** Orders: from the merchant's wish to WeChat's money. */
export const paymentsModule = moduleOf((bind) => {
  bind.made(latePayment, { config: T.config, ids }, ({ config, ids: source }) =>
    config.latePayment === 'accept' ? 'accept' : { refundAs: () => newOutRefundNo(source) },
  );
  bind.built(T.createOrder, CreateOrder, { accounts, clock, ids, orders, payments });
  bind.built(findOrder, FindOrder, { accounts, orders });
  bind.built(T.listOrders, ListOrders, { orders });
  bind.built(lookAtOrder, LookAtOrder, { clock, latePayment, orders, payments });
  bind.built(finishPrepaying, FinishPrepaying, { clock, lookAtOrder, orders, payments });
  bind.built(finishClosing, FinishClosing, { clock, lookAtOrder, orders, payments });
  bind.built(obtainTicket, ObtainTicket, { clock, finishPrepaying, orders });
  bind.built(T.payOrder, PayOrder, { findOrder, obtainTicket, payments });
  bind.built(T.payElsewhere, PayElsewhere, { obtainTicket, payments });
  bind.built(T.syncOrder, SyncOrder, { clock, lookAtOrder, lookForRefunds, orders });
  bind.built(closeOrder, CloseOrder, { clock, finishClosing, orders });
  bind.built(receivePaymentNotice, ReceivePaymentNotice, { clock, events, latePayment, orders });
  bind.built(T.receiveNotice, ReceiveNotice, { receivePaymentNotice, receiveRefundNotice: T.receiveRefundNotice });
  bind.built(T.settleDueOrders, SettleDueOrders, {
    clock,
    closeOrder,
    finishClosing,
    finishPrepaying,
    lookAtOrder,
    orders,
    settleRefunds,
  });
  bind.built(T.readEvents, ReadEvents, { events });
  bind.built(T.answerOnce, AnswerOnce, { clock, idempotency, ids });
  bind.built(T.sweepRequests, SweepRequests, { clock, idempotency });
});
