import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { Socket } from 'node:net';
import type BetterSqlite3 from 'better-sqlite3';
import type { Client } from 'pg';
import type { ReceiveRefundNotice } from '../../../src/application/receive-refund-notice.ts';
import type { OrderEvent } from '../../../src/domain/order/order-event.ts';
import type { OrderRepository } from '../../../src/domain/order/order-repository.ts';
import type { PaymentGateway } from '../../../src/domain/order/payment-gateway.ts';
import type { Persistence } from '../../../src/domain/persistence.ts';
import type { MiniProgramGateway } from '../../../src/domain/session/mini-program-gateway.ts';
import type { WebhookRepository } from '../../../src/domain/webhook/webhook-repository.ts';
import type { FaultPoints, Point } from './points.ts';

type Pass = (point: Point) => void;

/** The same room with some of its doors changed. */
export function over<Room extends object>(room: Room, changed: Partial<Room>): Room {
  return new Proxy(room, {
    get: (_target, name) => {
      const own: unknown = Reflect.get(changed, name);
      const value: unknown = own ?? Reflect.get(room, name, room);
      return own === undefined && typeof value === 'function' ? value.bind(room) : value;
    },
  });
}

/** What is passed before an order is saved with an event, and after. */
const BEFORE: Partial<Record<string, Point>> = { notice: 'N1', 'order.closed': 'Q4', 'refund.requested': 'R1' };
const AFTER: Partial<Record<string, Point>> = {
  'order.prepaying': 'P1',
  'order.prepaid': 'P4',
  notice: 'N3',
  'order.closing': 'Q1',
  'refund.requested': 'R2',
  'refund.processing': 'R8',
  'refund.succeeded': 'F3',
};

/** What is passed while an order is saved with an event. */
const WITHIN: Partial<Record<string, Within>> = {
  notice: { lastStatement: 'N2', commit: 'N4' },
  'refund.processing': { lastStatement: 'R6', commit: 'R7' },
};

interface Within {
  readonly lastStatement: Point;
  readonly commit: Point;
}

/** The storage as it is, with the points of what is saved in it. */
export function storageUnderFire(persistence: Persistence, points: FaultPoints): Persistence {
  const pass: Pass = (point) => points.pass(point);
  const { idempotency } = persistence;
  return {
    ...persistence,
    orders: ordersUnderFire(persistence.orders, pass),
    ...usersUnderFire(persistence, pass),
    webhooks: webhooksUnderFire(persistence.webhooks, pass),
    idempotency: over(idempotency, {
      begin: async (request) => {
        const kept = await idempotency.begin(request);
        pass('K1');
        return kept;
      },
      finish: async (request, answer) => {
        pass('K2');
        await idempotency.finish(request, answer);
      },
    }),
  };
}

const usersUnderFire = ({ accounts, sessions }: Persistence, pass: Pass) => ({
  accounts: over(accounts, {
    save: async (account) => {
      const saved = await accounts.save(account);
      pass('L4');
      return saved;
    },
  }),
  sessions: over(sessions, {
    add: async (session) => {
      pass('L2');
      await sessions.add(session);
      pass('L3');
    },
  }),
});

const webhooksUnderFire = (webhooks: WebhookRepository, pass: Pass): WebhookRepository =>
  over(webhooks, {
    takeUp: async (deliveries, cursor) => {
      pass('W1');
      await webhooks.takeUp(deliveries, cursor);
      pass('W2');
    },
    claim: async (delivery, until) => {
      const claimed = await webhooks.claim(delivery, until);
      if (claimed) pass('W3');
      return claimed;
    },
    save: async (delivery) => {
      pass('W4');
      const saved = await webhooks.save(delivery);
      pass('W5');
      return saved;
    },
  });

const ordersUnderFire = (orders: OrderRepository, pass: Pass): OrderRepository =>
  over(orders, {
    save: async (step) => {
      const what = step.events.map(kindOf);
      const passEach = (points: typeof BEFORE) => {
        for (const kind of what) if (points[kind]) pass(points[kind]);
      };
      passEach(BEFORE);
      const within = what.map((kind) => WITHIN[kind]).find((points) => points !== undefined);
      const saved = await (within ? writing.run({ pass, ...within }, () => orders.save(step)) : orders.save(step));
      passEach(AFTER);
      return saved;
    },
  });

/** A payment of which a notice told, or whatever else happened. */
const kindOf = ({ happening, notice }: OrderEvent): string =>
  happening.type === 'order.paid' && notice ? 'notice' : happening.type;

/** While something is being written that a process may die of. */
const writing = new AsyncLocalStorage<Within & { readonly pass: Pass }>();

const LAST_STATEMENT = /^insert into "events"/;

function passStatement(sql: string): void {
  const within = writing.getStore();
  if (LAST_STATEMENT.test(sql)) within?.pass(within.lastStatement);
  if (sql === 'commit') within?.pass(within.commit);
}

/** Puts points between the statements of a step, into whichever driver it goes through. */
export async function driversUnderFire(storage: string): Promise<void> {
  if (storage === 'sqlite') await sqliteUnderFire();
  if (storage === 'postgres') await postgresUnderFire();
  if (storage === 'mongo') socketsUnderFire();
}

async function sqliteUnderFire(): Promise<void> {
  const { default: Database } = await import('better-sqlite3');
  // oxlint-disable-next-line typescript/unbound-method -- it is called with its own `this` below
  const prepare = Database.prototype.prepare;
  Database.prototype.prepare = function passAndPrepare(this: BetterSqlite3.Database, sql: string) {
    passStatement(sql);
    return prepare.call(this, sql);
  } as typeof prepare;
}

async function postgresUnderFire(): Promise<void> {
  const { default: pg } = await import('pg');
  // oxlint-disable-next-line typescript/unbound-method -- it is called with its own `this` below
  const query = pg.Client.prototype.query as (...given: unknown[]) => unknown;
  pg.Client.prototype.query = function passAndQuery(this: Client, ...given: unknown[]) {
    if (typeof given[0] === 'string') passStatement(given[0]);
    return query.apply(this, given);
  } as typeof pg.Client.prototype.query;
}

/** There the step is one command: it dies when that has been sent and is not answered. */
function socketsUnderFire(): void {
  // oxlint-disable-next-line typescript/unbound-method -- it is called with its own `this` below
  const write = Socket.prototype.write as (...given: unknown[]) => boolean;
  Socket.prototype.write = function writeAndPass(this: Socket, ...given: unknown[]) {
    const isFlushed = write.apply(this, given);
    const within = writing.getStore();
    if (within) setImmediate(() => within.pass(within.lastStatement));
    return isFlushed;
  };
}

/** Where a call ends up, in either version. */
const SENT: readonly (readonly [where: RegExp, Point])[] = [
  [/^POST \/pay\/unifiedorder$|^POST \/v3\/pay\/transactions\/jsapi$/, 'P2'],
  [/^POST \/pay\/closeorder$|^POST \/v3\/pay\/transactions\/.*\/close$/, 'Q2'],
  [/^POST \/secapi\/pay\/refund$|^POST \/v3\/refund\/domestic\/refunds$/, 'R4'],
  [/^POST \/pay\/refundquery$|^GET \/v3\/refund\/domestic\/refunds\//, 'F1'],
];

/** WeChat as it is, with the points of what it is asked. */
export function paymentsUnderFire(payments: PaymentGateway, points: FaultPoints): PaymentGateway {
  subscribe('http.client.request.start', (message) => {
    const { request } = message as { request: ClientRequest };
    const where = `${request.method} ${request.path}`;
    const point = SENT.find(([known]) => known.test(where))?.[1];
    if (point) request.once('finish', () => points.pass(point));
  });
  return over(payments, {
    prepay: async (order) => {
      const answer = await payments.prepay(order);
      points.pass('P3');
      return answer;
    },
    close: async (order) => {
      const answer = await payments.close(order);
      points.pass('Q3');
      return answer;
    },
    refund: async (order, refund) => {
      points.pass('R3');
      const answer = await payments.refund(order, refund);
      points.pass('R5');
      return answer;
    },
    queryRefunds: async (order, named) => {
      const answer = await payments.queryRefunds(order, named);
      points.pass('F2');
      return answer;
    },
  });
}

export const refundNoticesUnderFire = (receive: ReceiveRefundNotice, points: FaultPoints): ReceiveRefundNotice =>
  over(receive, {
    execute: async (notice) => {
      points.pass('T1');
      const received = await receive.execute(notice);
      points.pass('T2');
      return received;
    },
  });

export const loginsUnderFire = (gateway: MiniProgramGateway, points: FaultPoints): MiniProgramGateway =>
  over(gateway, {
    exchangeCode: async (code) => {
      const identity = await gateway.exchangeCode(code);
      points.pass('L1');
      return identity;
    },
  });
