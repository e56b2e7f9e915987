import type Router from '@koa/router';
import type { Logger } from 'pino';
import type { AnswerOnce } from '../../application/answer-once.ts';
import type { CloseOrder } from '../../application/close-order.ts';
import type { CreateOrder } from '../../application/create-order.ts';
import type { FindOrder } from '../../application/find-order.ts';
import type { ListOrders } from '../../application/list-orders.ts';
import type { PayElsewhere } from '../../application/pay-elsewhere.ts';
import type { PayOrder } from '../../application/pay-order.ts';
import type { ReceiveNotice } from '../../application/receive-notice.ts';
import type { RefundOrder } from '../../application/refund-order.ts';
import type { SendAbnormalRefund } from '../../application/send-abnormal-refund.ts';
import type { SyncOrder } from '../../application/sync-order.ts';
import type { NoticeReader } from '../../domain/order/notice-reader.ts';
import type { PayApi } from '../../domain/order/pay-api.ts';
import type { Middleware, State } from './context.ts';
import { closeOrder, createOrder, listOrders, readOrder, syncOrder } from './controllers/merchant-orders.ts';
import { payOwnOrder, readOwnOrder, syncOwnOrder } from './controllers/own-orders.ts';
import { sendAbnormalRefund } from './controllers/abnormal-refunds.ts';
import { payElsewhere } from './controllers/pay-elsewhere.ts';
import { receiveNotice } from './controllers/payment-notices.ts';
import { readRefund, refundOrder } from './controllers/refunds.ts';
import { merchant } from './guards/merchant.ts';
import { upTo } from './guards/up-to.ts';
import type { MerchantKeys } from './merchant-keys.ts';
import type { HttpMetrics } from './metrics.ts';
import { serveStatements, type StatementRouteNeeds } from './statement-routes.ts';
import { serveWebhooks, type WebhookRouteNeeds } from './webhook-routes.ts';

export interface PaymentRouteNeeds extends StatementRouteNeeds, WebhookRouteNeeds {
  readonly answerOnce: AnswerOnce;
  readonly closeOrder: CloseOrder;
  readonly createOrder: CreateOrder;
  readonly findOrder: FindOrder;
  readonly listOrders: ListOrders;
  readonly payElsewhere: PayElsewhere;
  readonly payOrder: PayOrder;
  readonly receiveNotice: ReceiveNotice;
  readonly refundOrder: RefundOrder;
  readonly sendAbnormalRefund: SendAbnormalRefund;
  readonly syncOrder: SyncOrder;
  readonly noticeReaders: Readonly<Record<PayApi, NoticeReader>>;
  readonly merchantKeys: MerchantKeys;
  readonly metrics: HttpMetrics;
  readonly logger: Logger;
}

/** How many requests may wait for WeChat at once, and how many of its notices may be under way. */
const MOST_ASKING = 100;
const MOST_TELLING = 200;

/** Every path on which orders are made, paid, paid back and heard of, each with what stands before it. */
export function servePayments(router: Router<State>, user: Middleware, needs: PaymentRouteNeeds): void {
  const backend = merchant(needs.merchantKeys);
  const asking = upTo(MOST_ASKING);
  serveOwnOrders(router, [user, asking], needs);
  serveMerchantOrders(router, [backend, asking], needs);
  serveNotices(router, needs);
  serveStatements(router, backend, needs);
  serveWebhooks(router, backend, needs);
}

type Guards = readonly [who: Middleware, asking: Middleware];

function serveOwnOrders(router: Router<State>, [user, asking]: Guards, needs: PaymentRouteNeeds): void {
  const { findOrder, payOrder } = needs;
  router.get('/v1/orders/:out_trade_no', user, readOwnOrder(findOrder));
  router.post('/v1/orders/:out_trade_no/pay', user, asking, payOwnOrder(payOrder));
  router.post('/v1/orders/:out_trade_no/sync', user, asking, syncOwnOrder(findOrder, needs.syncOrder));
}

function serveMerchantOrders(router: Router<State>, [backend, asking]: Guards, needs: PaymentRouteNeeds): void {
  const { answerOnce, findOrder } = needs;
  const close = closeOrder(findOrder, needs.closeOrder, answerOnce);
  const sync = syncOrder(findOrder, needs.syncOrder, answerOnce);
  const refund = refundOrder(findOrder, needs.refundOrder, answerOnce);
  router.post('/v1/merchant/orders', backend, createOrder(needs.createOrder, answerOnce));
  router.get('/v1/merchant/orders', backend, listOrders(needs.listOrders));
  router.get('/v1/merchant/orders/:out_trade_no', backend, readOrder(findOrder));
  router.post('/v1/merchant/orders/:out_trade_no/pay', backend, asking, payElsewhere(findOrder, needs));
  router.post('/v1/merchant/orders/:out_trade_no/close', backend, asking, close);
  router.post('/v1/merchant/orders/:out_trade_no/sync', backend, asking, sync);
  router.post('/v1/merchant/orders/:out_trade_no/refunds', backend, asking, refund);
  router.get('/v1/merchant/orders/:out_trade_no/refunds/:out_refund_no', backend, readRefund(findOrder));
  router.post(
    '/v1/merchant/orders/:out_trade_no/refunds/:out_refund_no/abnormal',
    backend,
    asking,
    sendAbnormalRefund(findOrder, needs),
  );
}

function serveNotices(router: Router<State>, needs: PaymentRouteNeeds): void {
  const telling = upTo(MOST_TELLING);
  const v2 = receiveNotice(needs.noticeReaders.v2, needs);
  router.post('/notify/wechat-pay/v2/payment', telling, v2);
  router.post('/notify/wechat-pay/v2/refund', telling, v2);
  router.post('/notify/wechat-pay/v3', telling, receiveNotice(needs.noticeReaders.v3, needs));
  router.post('/miniprogram_auth/wechatPayCallback', telling, v2);
}
