import { setTimeout as wait } from 'node:timers/promises';
import type { Container } from 'inversify';
import type { Logger } from 'pino';
import { readFlatXml, writeFlatXml } from '../../../src/adapters/wechat/protocol/flat-xml.ts';
import { signV2 } from '../../../src/adapters/wechat/protocol/v2-signature.ts';
import { signV3, v3AnswerMessage } from '../../../src/adapters/wechat/protocol/v3-signature.ts';
import type { LogIn } from '../../../src/application/log-in.ts';
import type { ReceivePaymentNotice } from '../../../src/application/receive-payment-notice.ts';
import type { NoticeReader } from '../../../src/domain/order/notice-reader.ts';
import { type OrderRepository, StaleOrder } from '../../../src/domain/order/order-repository.ts';
import type { Step } from '../../../src/domain/order/order-steps.ts';
import type { Order } from '../../../src/domain/order/order.ts';
import type { Persistence } from '../../../src/domain/persistence.ts';
import type { SessionRepository } from '../../../src/domain/session/session-repository.ts';
import type { WebhookSender } from '../../../src/domain/webhook/webhook-sender.ts';
import type { StorageSettings } from '../../../src/main/config.ts';
import { TOKENS as T } from '../../../src/main/tokens.ts';
import { V2_KEY } from '../test-config.ts';
import { WECHAT_KEY } from '../v3-merchant.ts';
import { exchange } from './exchange.ts';
import { over } from './under-fire.ts';

/** The real house, and four that are broken on purpose: a storm that does not find them out proves nothing. */
export const BUILDS = ['right', 'ack-first', 'read-then-write', 'trusting', 'idle'] as const;

export type Build = (typeof BUILDS)[number];

interface Breaking {
  storage(persistence: Persistence, settings: StorageSettings): Persistence | Promise<Persistence>;
  house(container: Container, logger: Logger): void;
}

const unbroken: Breaking = { storage: (persistence) => persistence, house: () => {} };

/** How long something is known to nobody but the process. */
const LEISURE = 100;

/** Between reading and writing. */
const MOMENT = 20;

const nothing = { execute: async () => 0 };

const BREAKINGS: Readonly<Record<Build, Breaking>> = {
  right: unbroken,
  /** Says yes at once and writes, or tells, in its own good time. */
  'ack-first': {
    storage: (persistence) => ({ ...persistence, sessions: rememberedLater(persistence.sessions) }),
    house: (container) => {
      exchange(container, T.receivePaymentNotice, ackFirst);
      exchange(container, T.webhookSender, (sender) => sender && toldLater(sender));
    },
  },
  'read-then-write': { ...unbroken, storage: readThenWrite },
  /** Believes whatever is brought to it, and tells its log everything. */
  trusting: {
    ...unbroken,
    house: (container, logger) => {
      exchange(container, T.noticeReaders, ({ v2, v3 }) => ({ v2: believing(v2), v3: believingV3(v3) }));
      exchange(container, T.logIn, (logIn) => talkative(logIn, logger));
    },
  },
  /** Does what it is asked to, and nothing that nobody asks for. */
  idle: {
    ...unbroken,
    house: (container) => {
      exchange(container, T.settleDueOrders, (settle) => over(settle, nothing));
      exchange(container, T.takeUpEvents, (takeUp) => over(takeUp, nothing));
    },
  },
};

export const broken = (build: Build): Breaking => BREAKINGS[build];

const ackFirst = (receive: ReceivePaymentNotice): ReceivePaymentNotice =>
  over(receive, {
    execute: async (reading) => {
      setTimeout(() => void receive.execute(reading).catch(() => {}), LEISURE);
      return 'paid';
    },
  });

const rememberedLater = (sessions: SessionRepository): SessionRepository =>
  over(sessions, {
    add: async (session) => void setTimeout(() => void sessions.add(session).catch(() => {}), LEISURE),
  });

const toldLater = (sender: WebhookSender): WebhookSender => ({
  send: async (...given) => {
    setTimeout(() => void sender.send(...given), LEISURE);
    return { kind: 'answered', status: 204, retryAfter: null };
  },
});

/** Signs what is brought to it with the right key before it looks whether it is signed with the right key. */
const believing = (reader: NoticeReader): NoticeReader => ({
  acknowledge: (verdict) => reader.acknowledge(verdict),
  readNotice: (raw) => {
    const fields = new Map(readFlatXml(raw.body));
    if (!fields.delete('sign')) return reader.readNotice(raw);
    const signed = [...fields, ['sign', signV2(fields, V2_KEY, 'HMAC-SHA256')]] as [string, string][];
    return reader.readNotice({ ...raw, body: Buffer.from(writeFlatXml(signed)) });
  },
});

const believingV3 = (reader: NoticeReader): NoticeReader => ({
  acknowledge: (verdict) => reader.acknowledge(verdict),
  readNotice: ({ body, headers }) => {
    const said = new Map(headers.map(([name, value]) => [name.toLowerCase(), value]));
    const message = v3AnswerMessage(said.get('wechatpay-timestamp')!, said.get('wechatpay-nonce')!, body);
    said.set('wechatpay-signature', signV3(message.toString(), WECHAT_KEY));
    return reader.readNotice({ body, headers: [...said] });
  },
});

const talkative = (logIn: LogIn, logger: Logger): LogIn =>
  over(logIn, {
    execute: async (...given) => {
      const loggedIn = await logIn.execute(...given);
      logger.info(loggedIn, 'logged in');
      return loggedIn;
    },
  });

/**
 * Saves over whatever is there by then, and tells its event behind those. A database that lets no order be paid
 * twice would still stop it, so this build takes that index away: programs written like this have none.
 */
async function readThenWrite(persistence: Persistence, storage: StorageSettings): Promise<Persistence> {
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
      return { ...event, id: `evt_${order.id}_${place}`, sequence: place, version: there.version + 1 };
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
