import { describe } from 'vitest';
import { later } from '../../src/domain/clock.ts';
import { type LoggedEvent, placeInLog } from '../../src/domain/order/event-log.ts';
import { lookSoon } from '../../src/domain/order/order-steps.ts';
import type { PaidOrder } from '../../src/domain/order/order.ts';
import type { Persistence } from '../../src/domain/persistence.ts';
import type { Reconciliation } from '../../src/domain/statement/reconciliation.ts';
import type { Delivery } from '../../src/domain/webhook/delivery.ts';
import {
  NOON,
  paidWithRefunds,
  sampleAccount,
  sampleDelivery,
  sampleDifference,
  sampleKeyedRequest,
  sampleNote,
  sampleReconciliation,
  sampleSession,
} from '../support/samples.ts';
import { accountRepositoryContract } from './account-repository.contract.ts';
import { callCounterContract } from './call-counter.contract.ts';
import { eventLogContract } from './event-log.contract.ts';
import { idempotencyRepositoryContract } from './idempotency-repository.contract.ts';
import { orderRepositoryContract } from './order-repository.contract.ts';
import { paidOrdersContract } from './paid-orders.contract.ts';
import { persistenceContract } from './persistence.contract.ts';
import { platformCertificatesContract } from './platform-certificates.contract.ts';
import { reconciliationRepositoryContract } from './reconciliation-repository.contract.ts';
import { refundsContract } from './refunds.contract.ts';
import { sessionRepositoryContract } from './session-repository.contract.ts';
import { shelfContract } from './shelf.contract.ts';
import { webhookRepositoryContract } from './webhook-repository.contract.ts';

/** A storage to be held to its promises. */
export interface StorageUnderTest {
  /** Makes room for a new, empty storage, and answers how to open it: as often as is wanted, by several at once. */
  readonly place: () => () => Promise<Persistence>;
  /** False for a storage that forgets everything when it is closed. */
  readonly keepsAfterRestart: boolean;
  /** Why the server at hand cannot be held to counting every one of many calls at once; leave it out where it can. */
  readonly cannotJudgeContention?: string | undefined;
}

/** Everything that a storage promises, with a case for every sentence of its ports. Call it within a `describe`. */
export function storageContract(storage: StorageUnderTest): void {
  const open = () => storage.place()();
  const accounts = async () => (await open()).accounts;
  const sessions = async () => (await open()).sessions;
  const orders = async () => (await open()).orders;
  const events = async () => (await open()).events;
  const idempotency = async () => (await open()).idempotency;
  const reconciliations = async () => (await open()).reconciliations;
  const platformCertificates = async () => (await open()).platformCertificates;
  const webhooks = async () => (await open()).webhooks;

  describe('Persistence', () => {
    persistenceContract(storage);
  });
  describe('CallCounter', () => {
    callCounterContract(storage);
  });
  describe('AccountRepository', () => {
    accountRepositoryContract(accounts);
    shelfContract({
      open: accounts,
      sample: (id) => sampleAccount({ id: id as never }),
      change: (account) => ({ ...account, version: 7, profile: { ...account.profile, nickName: '李雷' } }),
    });
  });
  describe('SessionRepository', () => {
    sessionRepositoryContract(sessions);
    shelfContract({
      open: sessions,
      sample: (id) => sampleSession({ id: id as never }),
      change: (session) => ({ ...session, lastSeenAt: later(NOON, 1), device: null }),
    });
  });
  describe('OrderRepository', () => {
    orderRepositoryContract(open);
    paidOrdersContract(orders);
    refundsContract(open);
    shelfContract({
      open: orders,
      sample: (id) => paidWithRefunds(['succeeded', 'requested'], { terms: { id: id as never } }).at(-1)!.order,
      change: (order) => ({ ...lookSoon(order as PaidOrder, later(NOON, 1)), version: 7, refunds: [] }),
    });
  });
  describe('EventLog', () => {
    eventLogContract(storage);
    shelfContract<LoggedEvent>({
      open: events,
      ids: [9, 1_000_000, 11, 10, 100, 99, 1].map(placeInLog),
      sample: (id) => ({ id, event: sampleNote({ version: 7 }) }),
      change: ({ id, event }) => ({ id, event: { ...event, state: 'paid', notice: null } }),
    });
  });
  describe('IdempotencyRepository', () => {
    idempotencyRepositoryContract(idempotency);
    shelfContract({
      open: idempotency,
      sample: (id) => sampleKeyedRequest({ id }),
      change: (request) => ({ ...request, answer: { status: 201, body: '{}' } }),
    });
  });
  describe('ReconciliationRepository', () => {
    reconciliationRepositoryContract(reconciliations);
    shelfContract<Reconciliation>({
      open: reconciliations,
      ids: ['2026-11-20', '2026-02-28', '2025-12-31', '2026-11-09', '2026-03-01', '2024-02-29', '2026-01-01'],
      sample: (id) => sampleReconciliation({ id: id as never, differences: [sampleDifference()] }),
      change: (reconciliation) => ({ ...reconciliation, state: 'done', differences: [], version: 7 }),
    });
  });
  describe('PlatformCertificateRepository', () => {
    platformCertificatesContract(platformCertificates);
  });
  describe('WebhookRepository', () => {
    webhookRepositoryContract(webhooks);
    shelfContract<Delivery>({
      open: webhooks,
      sample: (id) => sampleDelivery({ id: id as never }),
      change: (delivery) => ({ ...delivery, state: 'dead', tries: 10, version: 7 }),
    });
  });
}
