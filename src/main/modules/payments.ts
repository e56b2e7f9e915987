import { NoPayments } from '../../adapters/wechat/payments-off.ts';
import { WechatPayV2 } from '../../adapters/wechat/pay-v2/wechat-pay-v2.ts';
import { AnswerOnce } from '../../application/answer-once.ts';
import { CloseOrder } from '../../application/close-order.ts';
import { CreateOrder } from '../../application/create-order.ts';
import { FindOrder } from '../../application/find-order.ts';
import { FinishClosing } from '../../application/finish-closing.ts';
import { FinishPrepaying } from '../../application/finish-prepaying.ts';
import { ListOrders } from '../../application/list-orders.ts';
import { LookAtOrder } from '../../application/look-at-order.ts';
import { PayOrder } from '../../application/pay-order.ts';
import { ReadEvents } from '../../application/read-events.ts';
import { ReceivePaymentNotice } from '../../application/receive-payment-notice.ts';
import { SettleDueOrders } from '../../application/settle-due-orders.ts';
import { SweepRequests } from '../../application/sweep-requests.ts';
import { SyncOrder } from '../../application/sync-order.ts';
import type { Clock } from '../../domain/clock.ts';
import type { PaymentGateway } from '../../domain/order/payment-gateway.ts';
import type { LiveConfig } from '../config.ts';
import { moduleOf } from '../container.ts';
import { TOKENS as T } from '../tokens.ts';

const { accounts, clock, events, idempotency, ids, orders, payments } = T;
const { closeOrder, findOrder, finishClosing, finishPrepaying, lookAtOrder } = T;

/** Orders: from the merchant's wish to WeChat's money. */
export const paymentsModule = moduleOf((bind) => {
  bind.made(payments, { config: T.config, clock }, gateway);
  bind.built(T.createOrder, CreateOrder, { accounts, clock, ids, orders, payments });
  bind.built(findOrder, FindOrder, { accounts, orders });
  bind.built(T.listOrders, ListOrders, { orders });
  bind.built(lookAtOrder, LookAtOrder, { clock, orders, payments });
  bind.built(finishPrepaying, FinishPrepaying, { clock, lookAtOrder, orders, payments });
  bind.built(finishClosing, FinishClosing, { clock, lookAtOrder, orders, payments });
  bind.built(T.payOrder, PayOrder, { clock, findOrder, finishPrepaying, orders, payments });
  bind.built(T.syncOrder, SyncOrder, { clock, lookAtOrder, orders });
  bind.built(closeOrder, CloseOrder, { clock, finishClosing, orders });
  bind.built(T.receivePaymentNotice, ReceivePaymentNotice, { clock, events, orders, payments });
  bind.built(T.settleDueOrders, SettleDueOrders, {
    clock,
    closeOrder,
    finishClosing,
    finishPrepaying,
    lookAtOrder,
    orders,
  });
  bind.built(T.readEvents, ReadEvents, { events });
  bind.built(T.answerOnce, AnswerOnce, { clock, idempotency, ids });
  bind.built(T.sweepRequests, SweepRequests, { clock, idempotency });
});

const NOTICES = '/notify/wechat-pay/v2/payment';

function gateway({ config, clock: now }: { config: LiveConfig; clock: Clock }): PaymentGateway {
  if (!config.payments) return new NoPayments();
  return new WechatPayV2({ ...config.payments, notifyUrl: `${config.publicBaseUrl}${NOTICES}` }, now);
}
