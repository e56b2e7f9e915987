import type { Persistence } from '../../domain/persistence.ts';
import { MemoryAccountRepository } from './account-repository.ts';
import { memoryCallCounter } from './call-counter.ts';
import { MemoryEventLog } from './event-log.ts';
import { MemoryIdempotencyRepository } from './idempotency-repository.ts';
import { MemoryOrderRepository } from './order-repository.ts';
import { MemoryPlatformCertificateRepository } from './platform-certificates.ts';
import { MemoryReconciliationRepository } from './reconciliation-repository.ts';
import { MemorySessionRepository } from './session-repository.ts';
import { MemoryWebhookRepository } from './webhook-repository.ts';

/** A storage that forgets everything when the process ends: for tests and for trying things out. */
export async function openMemory(): Promise<Persistence> {
  const events = new MemoryEventLog();
  return {
    accounts: new MemoryAccountRepository(),
    sessions: new MemorySessionRepository(),
    orders: new MemoryOrderRepository(events),
    events,
    idempotency: new MemoryIdempotencyRepository(),
    reconciliations: new MemoryReconciliationRepository(),
    platformCertificates: new MemoryPlatformCertificateRepository(),
    webhooks: new MemoryWebhookRepository(),
    callCounter: memoryCallCounter,
    ping: async () => {},
    close: async () => {},
  };
}
