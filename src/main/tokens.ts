import type { Logger } from 'pino';
import type { StorageBudget } from '../adapters/system/storage-budget.ts';
import type { Handle } from '../adapters/koa/server.ts';
import type { MerchantKeys } from '../adapters/koa/merchant-keys.ts';
import type { PlatformKeys } from '../adapters/wechat/pay-v3/platform-keys.ts';
import type { HttpMetrics } from '../adapters/koa/metrics.ts';
import type { AnswerOnce } from '../application/answer-once.ts';
import type { CloseOrder } from '../application/close-order.ts';
import type { CreateOrder } from '../application/create-order.ts';
import type { FindOrder } from '../application/find-order.ts';
import type { FinishClosing } from '../application/finish-closing.ts';
import type { FinishPrepaying } from '../application/finish-prepaying.ts';
import type { ListOrders } from '../application/list-orders.ts';
import type { LookAtOrder } from '../application/look-at-order.ts';
import type { ObtainTicket } from '../application/obtain-ticket.ts';
import type { PayElsewhere } from '../application/pay-elsewhere.ts';
import type { PayOrder } from '../application/pay-order.ts';
import type { LookForRefunds } from '../application/look-for-refunds.ts';
import type { ReceiveRefundNotice } from '../application/receive-refund-notice.ts';
import type { RefundOrder } from '../application/refund-order.ts';
import type { SendAbnormalRefund } from '../application/send-abnormal-refund.ts';
import type { SettleRefunds } from '../application/settle-refunds.ts';
import type { LatePayment } from '../domain/order/receive-payment.ts';
import type { FindReconciliation } from '../application/find-reconciliation.ts';
import type { ReadBill } from '../application/read-bill.ts';
import type { ReadComments } from '../application/read-comments.ts';
import type { ReconcileDay } from '../application/reconcile-day.ts';
import type { ReconcileYesterday } from '../application/reconcile-yesterday.ts';
import type { ReconciliationRepository } from '../domain/statement/reconciliation-repository.ts';
import type { StatementGateway } from '../domain/statement/statement-gateway.ts';
import type { DeliverDue } from '../application/deliver-due.ts';
import type { EnableWebhooks } from '../application/enable-webhooks.ts';
import type { FindWebhook } from '../application/find-webhook.ts';
import type { ListWebhooks } from '../application/list-webhooks.ts';
import type { ReplayWebhook } from '../application/replay-webhook.ts';
import type { ReplayWebhooks } from '../application/replay-webhooks.ts';
import type { TakeUpEvents } from '../application/take-up-events.ts';
import type { WaitForEvents } from '../application/wait-for-events.ts';
import type { ReadEvents } from '../application/read-events.ts';
import type { ReceiveNotice } from '../application/receive-notice.ts';
import type { ReceivePaymentNotice } from '../application/receive-payment-notice.ts';
import type { SettleDueOrders } from '../application/settle-due-orders.ts';
import type { SweepRequests } from '../application/sweep-requests.ts';
import type { SyncOrder } from '../application/sync-order.ts';
import type { Authenticate } from '../application/authenticate.ts';
import type { CheckKeyRing } from '../application/check-key-ring.ts';
import type { CheckReadiness } from '../application/check-readiness.ts';
import type { ImportProfile } from '../application/import-profile.ts';
import type { ListSessions } from '../application/list-sessions.ts';
import type { LogIn } from '../application/log-in.ts';
import type { ReadAccount } from '../application/read-account.ts';
import type { RevokeAllSessions } from '../application/revoke-all-sessions.ts';
import type { RevokeSession } from '../application/revoke-session.ts';
import type { RotateSessionKeys } from '../application/rotate-session-keys.ts';
import type { SweepSessions } from '../application/sweep-sessions.ts';
import type { UpdateProfile } from '../application/update-profile.ts';
import type { AccountRepository } from '../domain/account/account-repository.ts';
import type { SessionKeyVault } from '../domain/account/session-key-vault.ts';
import type { Clock, Pause } from '../domain/clock.ts';
import type { IdempotencyRepository } from '../domain/idempotency/idempotency-repository.ts';
import type { EventLog } from '../domain/order/event-log.ts';
import type { OrderRepository } from '../domain/order/order-repository.ts';
import type { NoticeReader } from '../domain/order/notice-reader.ts';
import type { PayApi } from '../domain/order/pay-api.ts';
import type { PaymentGateway } from '../domain/order/payment-gateway.ts';
import type { PlatformCertificateRepository } from '../domain/order/platform-certificates.ts';
import type { IdSource } from '../domain/id-source.ts';
import type { Persistence } from '../domain/persistence.ts';
import type { LoginCode } from '../domain/session/login-code.ts';
import type { MiniProgramGateway } from '../domain/session/mini-program-gateway.ts';
import type { SessionRepository } from '../domain/session/session-repository.ts';
import type { SessionPolicy } from '../domain/session/session.ts';
import type { TokenIssuer } from '../domain/session/token-issuer.ts';
import type { Throttle } from '../domain/throttle.ts';
import type { Chance } from '../domain/webhook/delivery-steps.ts';
import type { WebhookRepository } from '../domain/webhook/webhook-repository.ts';
import type { WebhookSender } from '../domain/webhook/webhook-sender.ts';
import type { LiveConfig } from './config.ts';
import { token } from './container.ts';

/** The versions of WeChat Pay that there are keys for. */
export type Gateways = Readonly<Partial<Record<PayApi, PaymentGateway & NoticeReader>>>;

/** Everything that can be asked of the container. */
export const TOKENS = {
  config: token<LiveConfig>('config'),
  logger: token<Logger>('logger'),

  clock: token<Clock>('clock'),
  chance: token<Chance>('chance'),
  pause: token<Pause>('pause'),
  ids: token<IdSource>('ids'),
  tokens: token<TokenIssuer>('tokens'),
  vault: token<SessionKeyVault>('vault'),
  policy: token<SessionPolicy>('policy'),

  persistence: token<Persistence>('persistence'),
  budget: token<StorageBudget>('budget'),
  accounts: token<AccountRepository>('accounts'),
  sessions: token<SessionRepository>('sessions'),
  orders: token<OrderRepository>('orders'),
  events: token<EventLog>('events'),
  idempotency: token<IdempotencyRepository>('idempotency'),

  gateway: token<MiniProgramGateway>('gateway'),
  payments: token<PaymentGateway>('payments'),
  gateways: token<Gateways>('gateways'),
  noticeReaders: token<Readonly<Record<PayApi, NoticeReader>>>('noticeReaders'),
  platformKeys: token<PlatformKeys | null>('platformKeys'),
  isReusable: token<(code: LoginCode) => boolean>('isReusable'),

  logIn: token<LogIn>('logIn'),
  authenticate: token<Authenticate>('authenticate'),
  listSessions: token<ListSessions>('listSessions'),
  revokeSession: token<RevokeSession>('revokeSession'),
  revokeAllSessions: token<RevokeAllSessions>('revokeAllSessions'),
  readAccount: token<ReadAccount>('readAccount'),
  updateProfile: token<UpdateProfile>('updateProfile'),
  importProfile: token<ImportProfile>('importProfile'),
  checkReadiness: token<CheckReadiness>('checkReadiness'),
  checkKeyRing: token<CheckKeyRing>('checkKeyRing'),
  rotateSessionKeys: token<RotateSessionKeys>('rotateSessionKeys'),
  sweepSessions: token<SweepSessions>('sweepSessions'),

  answerOnce: token<AnswerOnce>('answerOnce'),
  closeOrder: token<CloseOrder>('closeOrder'),
  createOrder: token<CreateOrder>('createOrder'),
  findOrder: token<FindOrder>('findOrder'),
  finishClosing: token<FinishClosing>('finishClosing'),
  finishPrepaying: token<FinishPrepaying>('finishPrepaying'),
  listOrders: token<ListOrders>('listOrders'),
  lookAtOrder: token<LookAtOrder>('lookAtOrder'),
  obtainTicket: token<ObtainTicket>('obtainTicket'),
  payElsewhere: token<PayElsewhere>('payElsewhere'),
  payOrder: token<PayOrder>('payOrder'),
  readEvents: token<ReadEvents>('readEvents'),
  lookForRefunds: token<LookForRefunds>('lookForRefunds'),
  receiveRefundNotice: token<ReceiveRefundNotice>('receiveRefundNotice'),
  refundOrder: token<RefundOrder>('refundOrder'),
  settleRefunds: token<SettleRefunds>('settleRefunds'),
  latePayment: token<LatePayment>('latePayment'),
  sendAbnormalRefund: token<SendAbnormalRefund>('sendAbnormalRefund'),

  platformCertificates: token<PlatformCertificateRepository>('platformCertificates'),
  reconciliations: token<ReconciliationRepository>('reconciliations'),
  statements: token<StatementGateway>('statements'),
  readBill: token<ReadBill>('readBill'),
  readComments: token<ReadComments>('readComments'),
  reconcileDay: token<ReconcileDay>('reconcileDay'),
  reconcileYesterday: token<ReconcileYesterday>('reconcileYesterday'),
  findReconciliation: token<FindReconciliation>('findReconciliation'),

  webhooks: token<WebhookRepository>('webhooks'),
  webhookSender: token<WebhookSender | null>('webhookSender'),
  takeUpEvents: token<TakeUpEvents>('takeUpEvents'),
  deliverDue: token<DeliverDue>('deliverDue'),
  listWebhooks: token<ListWebhooks>('listWebhooks'),
  findWebhook: token<FindWebhook>('findWebhook'),
  replayWebhook: token<ReplayWebhook>('replayWebhook'),
  replayWebhooks: token<ReplayWebhooks>('replayWebhooks'),
  enableWebhooks: token<EnableWebhooks>('enableWebhooks'),
  waitForEvents: token<WaitForEvents>('waitForEvents'),

  receiveNotice: token<ReceiveNotice>('receiveNotice'),
  receivePaymentNotice: token<ReceivePaymentNotice>('receivePaymentNotice'),
  settleDueOrders: token<SettleDueOrders>('settleDueOrders'),
  sweepRequests: token<SweepRequests>('sweepRequests'),
  syncOrder: token<SyncOrder>('syncOrder'),

  merchantKeys: token<MerchantKeys>('merchantKeys'),
  metrics: token<HttpMetrics>('metrics'),
  loginThrottle: token<Throttle>('loginThrottle'),
  loginTotalThrottle: token<Throttle>('loginTotalThrottle'),
  apiThrottle: token<Throttle>('apiThrottle'),
  trustedProxyHops: token<number>('trustedProxyHops'),
  handler: token<Handle>('handler'),
} as const;
