import type Router from '@koa/router';
import type { Logger } from 'pino';
import type { AnswerOnce } from '../../application/answer-once.ts';
import type { CloseOrder } from '../../application/close-order.ts';
import type { CreateOrder } from '../../application/create-order.ts';
import type { FindOrder } from '../../application/find-order.ts';
import type { ListOrders } from '../../application/list-orders.ts';
import type { PayOrder } from '../../application/pay-order.ts';
import type { ReadEvents } from '../../application/read-events.ts';
import type { ReceivePaymentNotice } from '../../application/receive-payment-notice.ts';
import type { SyncOrder } from '../../application/sync-order.ts';
import type { PaymentGateway } from '../../domain/order/payment-gateway.ts';
import type { Middleware, State } from './context.ts';
import { readEvents } from './controllers/events.ts';
import { closeOrder, createOrder, listOrders, readOrder, syncOrder } from './controllers/merchant-orders.ts';
import { payOwnOrder, readOwnOrder, syncOwnOrder } from './controllers/own-orders.ts';
import { receiveNotice } from './controllers/payment-notices.ts';
import { merchant } from './guards/merchant.ts';
import { upTo } from './guards/up-to.ts';
import type { MerchantKeys } from './merchant-keys.ts';
import type { HttpMetrics } from './metrics.ts';

export interface PaymentRouteNeeds {
  readonly answerOnce: AnswerOnce;
  readonly closeOrder: CloseOrder;
  readonly createOrder: CreateOrder;
  readonly findOrder: FindOrder;
  readonly listOrders: ListOrders;
  readonly payOrder: PayOrder;
  readonly readEvents: ReadEvents;
  readonly receivePaymentNotice: ReceivePaymentNotice;
  readonly syncOrder: SyncOrder;
  readonly payments: PaymentGateway;
  readonly merchantKeys: MerchantKeys;
  readonly metrics: HttpMetrics;
  readonly logger: Logger;
}

/** How many requests may wait for WeChat at once, and how many of its notices may be under way. */
const MOST_ASKING = 100;
const MOST_TELLING = 200;

/** Every path on which orders are made, paid and heard of, each with what stands before it. */
export function servePayments(router: Router<State>, user: Middleware, needs: PaymentRouteNeeds): void {
  const { answerOnce, findOrder } = needs;
  const backend = merchant(needs.merchantKeys);
  const asking = upTo(MOST_ASKING);
  const telling = upTo(MOST_TELLING);
  const notice = receiveNotice(needs);

  router.get('/v1/orders/:out_trade_no', user, readOwnOrder(findOrder));
  router.post('/v1/orders/:out_trade_no/pay', user, asking, payOwnOrder(needs.payOrder));
  router.post('/v1/orders/:out_trade_no/sync', user, asking, syncOwnOrder(findOrder, needs.syncOrder));

  router.post('/v1/merchant/orders', backend, createOrder(needs.createOrder, answerOnce));
  router.get('/v1/merchant/orders', backend, listOrders(needs.listOrders));
  router.get('/v1/merchant/orders/:out_trade_no', backend, readOrder(findOrder));
  router.post(
    '/v1/merchant/orders/:out_trade_no/close',
    backend,
    asking,
    closeOrder(findOrder, needs.closeOrder, answerOnce),
  );
  router.post(
    '/v1/merchant/orders/:out_trade_no/sync',
    backend,
    asking,
    syncOrder(findOrder, needs.syncOrder, answerOnce),
  );
  router.get('/v1/merchant/events', backend, readEvents(needs.readEvents));

  router.post('/notify/wechat-pay/v2/payment', telling, notice);
  router.post('/miniprogram_auth/wechatPayCallback', telling, notice);
}
