import { setTimeout as wait } from 'node:timers/promises';
import type { ReceivePaymentNotice } from '../../../src/application/receive-payment-notice.ts';
import { type OrderRepository, StaleOrder } from '../../../src/domain/order/order-repository.ts';
import type { Step } from '../../../src/domain/order/order-steps.ts';
import type { Order } from '../../../src/domain/order/order.ts';
import type { Persistence } from '../../../src/domain/persistence.ts';
import type { StorageSettings } from '../../../src/main/config.ts';
import { over } from './under-fire.ts';

/** The real house, and two that are broken on purpose: a storm that does not find them out proves nothing. */
export const BUILDS = ['right', 'ack-first', 'read-then-write'] as const;

export type Build = (typeof BUILDS)[number];

/** How long a payment is known to nobody but the process. */
const LEISURE = 100;

/** Between reading and writing. */
const MOMENT = 20;

/** Says yes at once and writes in its own good time. */
export const ackFirst = (receive: ReceivePaymentNotice): ReceivePaymentNotice =>
  over(receive, {
    execute: async (reading) => {
      setTimeout(() => void receive.execute(reading).catch(() => {}), LEISURE);
      return 'paid';
    },
  });

/**
 * Saves over whatever is there by then, and tells its event behind those. A database that lets no order be paid
 * twice would still stop it, so this build takes that index away: programs written like this have none.
 */
export async function readThenWrite(persistence: Persistence, storage: StorageSettings): Promise<Persistence> {
  await withoutPaidIndex(storage);
  return { ...persistence, orders: carelessly(persistence.orders) };
}

const carelessly = (orders: OrderRepository): OrderRepository =>
  over(orders, {
    save: async <State extends Order>(step: Step<State>): Promise<State> => {
      await wait(MOMENT);
      for (;;) {
        const there = await orders.find(step.order.id);
        if (!there) throw new StaleOrder();
        const saved = await orders.save(behind(step, there)).catch(notStale);
        if (saved) return saved;
      }
    },
  });

/** Whatever was decided on, now as if it had been decided on what is there. */
function behind<State extends Order>({ order, events }: Step<State>, there: Order): Step<State> {
  const sequence = there.sequence + events.length;
  return {
    order: { ...order, version: there.version, sequence },
    events: events.map((event, n) => {
      const place = there.sequence + 1 + n;
      return { ...event, id: `evt_${order.id}_${place}`, sequence: place };
    }),
  };
}

function notStale(error: unknown): undefined {
  if (!(error instanceof StaleOrder)) throw error;
}

async function withoutPaidIndex(storage: StorageSettings): Promise<void> {
  if (storage.kind === 'sqlite') {
    const { default: Database } = await import('better-sqlite3');
    new Database(storage.path).exec('drop index if exists events_order_paid').close();
  }
  if (storage.kind === 'postgres') {
    const { default: pg } = await import('pg');
    const client = new pg.Client({ connectionString: storage.url.reveal() });
    await client.connect();
    await client.query('drop index if exists events_order_paid');
    await client.end();
  }
}
