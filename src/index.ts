/** `wexagon`: the ports that an adapter implements, and the values that go through them. */
export { type AccountRepository, StaleAccount } from './domain/account/account-repository.ts';
export type { Account, AccountId, AppId, OpenId, UnionId } from './domain/account/account.ts';
export type { Profile } from './domain/account/profile.ts';
export type { SealedSessionKey } from './domain/account/sealed-session-key.ts';
export type { IdempotencyRepository } from './domain/idempotency/idempotency-repository.ts';
export type { KeptAnswer, KeyedRequest } from './domain/idempotency/keyed-request.ts';
export { type EventLog, type LoggedEvent, placeInLog } from './domain/order/event-log.ts';
export type { Happening, KeptNotice, OrderEvent } from './domain/order/order-event.ts';
export { OutTradeNoTaken } from './domain/order/order-refusals.ts';
export {
  type OrderQuery,
  type OrderRepository,
  RefundNoTaken,
  type Repayment,
  StaleOrder,
  TransactionTaken,
} from './domain/order/order-repository.ts';
export type { Step } from './domain/order/order-steps.ts';
export type { CreatedOrder, MchId, Order, OrderState, PaidOrder } from './domain/order/order.ts';
export type { OutTradeNo } from './domain/order/out-trade-no.ts';
export type { PayApi } from './domain/order/pay-api.ts';
export type { PlatformCertificateRepository, SealedCertificates } from './domain/order/platform-certificates.ts';
export type { OutRefundNo, Refund, RefundState } from './domain/order/refund.ts';
export type { TradeType } from './domain/order/trade-type.ts';
export { Outage, type OutageCode } from './domain/outage.ts';
export { type Persistence, UnfitStorage } from './domain/persistence.ts';
export type { SessionRepository } from './domain/session/session-repository.ts';
export type { Session, SessionId } from './domain/session/session.ts';
export type { TokenDigest } from './domain/session/token-issuer.ts';
export type { Shelf } from './domain/shelf.ts';
export type { Day } from './domain/statement/day.ts';
export type { ReconciliationRepository } from './domain/statement/reconciliation-repository.ts';
export type { Difference, Reconciliation } from './domain/statement/reconciliation.ts';
export type { CallCount, CallCounter } from './domain/throttle.ts';
export type { Attempt, Delivery, DeliveryState, WebhookFault, WebhookId } from './domain/webhook/delivery.ts';
export type { DeliveryQuery, Endpoint, WebhookRepository } from './domain/webhook/webhook-repository.ts';
