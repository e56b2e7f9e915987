import type { PlatformCertificateRepository } from './order/platform-certificates.ts';
import type { AccountRepository } from './account/account-repository.ts';
import type { IdempotencyRepository } from './idempotency/idempotency-repository.ts';
import type { EventLog } from './order/event-log.ts';
import type { OrderRepository } from './order/order-repository.ts';
import type { SessionRepository } from './session/session-repository.ts';
import type { ReconciliationRepository } from './statement/reconciliation-repository.ts';
import type { CallCounter } from './throttle.ts';
import type { WebhookRepository } from './webhook/webhook-repository.ts';

/** Everything one storage technology keeps for us; each exports an `open…(settings): Promise<Persistence>`. */
export interface Persistence {
  readonly accounts: AccountRepository;
  readonly sessions: SessionRepository;
  readonly orders: OrderRepository;
  readonly events: EventLog;
  readonly idempotency: IdempotencyRepository;
  readonly reconciliations: ReconciliationRepository;
  readonly platformCertificates: PlatformCertificateRepository;
  readonly webhooks: WebhookRepository;

  /** What one instance counts, another that shares the storage counts on. */
  callCounter(name: string): CallCounter;

  /**
   * Answers when the storage can be read and written.
   * Throws an Outage when it cannot.
   */
  ping(): Promise<void>;

  /**
   * Lets go of the storage, and does no harm when it is asked twice.
   * What was acknowledged is there when the storage is opened again, unless it is one that forgets.
   */
  close(): Promise<void>;
}

/** The storage can be reached and must not be used as it is set up: what we acknowledge might be lost. */
export class UnfitStorage extends Error {
  override readonly name = 'UnfitStorage';
}
