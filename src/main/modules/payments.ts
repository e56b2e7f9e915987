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
import { newOutRefundNo } from '../../domain/order/refund.ts';
import type { LiveConfig } from '../config.ts';
import { moduleOf } from '../container.ts';
import { TOKENS as T } from '../tokens.ts';

const { accounts, clock, events, idempotency, ids, orders, payments } = T;
const { closeOrder, findOrder, finishClosing, finishPrepaying, lookAtOrder } = T;
const { latePayment, lookForRefunds, settleRefunds } = T;

/** Orders: from the merchant's wish to WeChat's money. */
export const paymentsModule = moduleOf((bind) => {
  bind.made(payments, { config: T.config, clock }, gateway);
  bind.made(latePayment, { config: T.config, ids }, ({ config, ids: source }) =>
    config.latePayment === 'accept' ? 'accept' : { refundAs: () => newOutRefundNo(source) },
  );
  bind.built(T.createOrder, CreateOrder, { accounts, clock, ids, orders, payments });
  bind.built(findOrder, FindOrder, { accounts, orders });
  bind.built(T.listOrders, ListOrders, { orders });
  bind.built(lookAtOrder, LookAtOrder, { clock, latePayment, orders, payments });
  bind.built(finishPrepaying, FinishPrepaying, { clock, lookAtOrder, orders, payments });
  bind.built(finishClosing, FinishClosing, { clock, lookAtOrder, orders, payments });
  bind.built(T.payOrder, PayOrder, { clock, findOrder, finishPrepaying, orders, payments });
  bind.built(T.syncOrder, SyncOrder, { clock, lookAtOrder, lookForRefunds, orders });
  bind.built(closeOrder, CloseOrder, { clock, finishClosing, orders });
  bind.built(T.receivePaymentNotice, ReceivePaymentNotice, { clock, events, latePayment, orders, payments });
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

const NOTICES = '/notify/wechat-pay/v2/payment';
const REFUND_NOTICES = '/notify/wechat-pay/v2/refund';

/** Where WeChat Pay sends its notices, behind PUBLIC_BASE_URL. */
export const NOTICE_PATHS = [NOTICES, REFUND_NOTICES] as const;

function gateway({ config, clock: now }: { config: LiveConfig; clock: Clock }): PaymentGateway {
  if (!config.payments) return new NoPayments();
  const { payments: settings, publicBaseUrl } = config;
  const notifyUrl = `${publicBaseUrl}${NOTICES}`;
  return new WechatPayV2({ ...settings, notifyUrl, refundNotifyUrl: `${publicBaseUrl}${REFUND_NOTICES}` }, now);
}
