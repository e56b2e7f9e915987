import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, later, SECOND } from '../../src/domain/clock.ts';
import type { LoggedEvent } from '../../src/domain/order/event-log.ts';
import type { Persistence } from '../../src/domain/persistence.ts';
import type { Delivery } from '../../src/domain/webhook/delivery.ts';
import type { WebhookRepository } from '../../src/domain/webhook/webhook-repository.ts';
import type { WebhookSender } from '../../src/domain/webhook/webhook-sender.ts';
import { describeOn } from '../support/backends.ts';
import { STORAGES } from '../support/storages.ts';
import { TestClock } from '../support/test-clock.ts';
import { answering, type Received, type Reply, webhookReceiver } from '../support/webhook-receiver.ts';
import { sampleLog, webhooksTo } from '../support/webhook-samples.ts';
import { checkerOfAnyTime, faultsOf, type KillPoint, WebhookInstance } from '../support/webhook-storm.ts';

const IS_THOROUGH = process.env.WEXAGON_THOROUGH === '1';
const [INSTANCES, KILLS, TAR] = IS_THOROUGH ? [3, 50, 20] : [2, 10, 2];

/** How long a try may take. The receiver lives in this very process, and has to get its turn. */
const DEADLINE = IS_THOROUGH ? 3 * SECOND : 800;

/** Long enough to be down that six of ten tries have failed, and no try more. */
const DOWN_FOR = 9 * HOUR;

/** How often one webhook meets trouble besides: so few that none runs out of tries. */
const MOST_TROUBLE = 2;

const yes = answering(204);

/** Everything that a bad receiver does, and its say: a status, or worse. Nobody is to have heard by any of it. */
const TROUBLES: readonly Reply[] = [
  answering(500),
  answering(503, { 'retry-after': '3600' }),
  answering(429, { 'retry-after': '20' }),
  answering(302, { location: 'http://169.254.169.254/' }),
  answering(308, { location: '/elsewhere' }),
  answering(400, {}, 'x'.repeat(200_000)),
  (response) => response.destroy(),
  (response) => void response.socket?.end('HTTP/1.1 2'),
];

interface Wishes {
  readonly events: number;
  readonly orders: number;
  readonly storage: Persistence;
  readonly broken?: { readonly sender?: (sender: WebhookSender) => WebhookSender; readonly isUnordered?: boolean };
}

/** Instances that are killed, a receiver that does its worst, and a clock that jumps to whatever is next. */
async function storm({ events, orders, storage, broken = {} }: Wishes) {
  const [clock, checker, log] = [new TestClock(), checkerOfAnyTime(), sampleLog(events, orders)];
  const start = clock.now();
  const state = { kills: 0, tar: 0, posts: 0, gone: 0, enabled: 0 };
  const trouble = new Map<string | undefined, number>();
  const isDown = () => clock.now() > later(start, HOUR) && clock.now() < later(start, HOUR + DOWN_FOR);
  const receiver = await webhookReceiver((response, received) => react(response, received));
  function react(response: ServerResponse, received: Received): void {
    checker.sees(received);
    state.posts += 1;
    if (isDown()) return void response.destroy();
    // Whoever hears it may be killed before it has done anything about it.
    if (state.posts > events / 3 && state.enabled === 0) {
      state.gone += 1;
      return answering(410)(response, received);
    }
    const id = received.headers['webhook-id'];
    const met = trouble.get(id) ?? 0;
    const dice = met < MOST_TROUBLE ? Math.random() : 1;
    if (dice < 0.15) trouble.set(id, met + 1);
    if (dice < 0.02 && state.tar < TAR) {
      state.tar += 1;
      return;
    }
    if (dice < 0.15) return TROUBLES[Math.floor(Math.random() * TROUBLES.length)]!(response, received);
    checker.saysYesTo(received);
    yes(response, received);
  }
  const sender = webhooksTo({ url: receiver.url, allowed: '127.0.0.1', deadline: DEADLINE });
  const persistence = broken.isUnordered ? { ...storage, webhooks: unordered(storage.webhooks) } : storage;
  const isKilled = (_point: KillPoint) => {
    const isNow = state.kills < KILLS && Math.random() < (1.5 * KILLS) / (3 * events);
    if (isNow) state.kills += 1;
    return isNow;
  };
  const born = () => new WebhookInstance({ persistence, sender: broken.sender?.(sender) ?? sender, clock, isKilled });
  const files = [log.slice(0, events / 2), log.slice(events / 2, (events * 3) / 4), log.slice((events * 3) / 4)];
  await run({ storage, clock, files, born, onEnabled: () => (state.enabled += 1) });
  return { ...state, checker, log, faults: faultsOf(checker, log), took: clock.now().getTime() - start.getTime() };
}

interface Run {
  readonly storage: Persistence;
  readonly clock: TestClock;
  /** What happens, each when all before it is told. */
  readonly files: LoggedEvent[][];
  readonly born: () => WebhookInstance;
  readonly onEnabled: () => void;
}

/** Until everything has happened and nothing waits. */
async function run({ storage, clock, files, born, onEnabled }: Run): Promise<void> {
  const start = clock.now();
  let instances = Array.from({ length: INSTANCES }, born);
  let isAllTold = true;
  for (;;) {
    const next = isAllTold ? (files.shift() ?? []) : [];
    for (let at = 0; at < next.length; at += 200) await storage.events.restore(next.slice(at, at + 200));
    const told = await Promise.all(instances.map((instance) => instance.turn()));
    isAllTold = false;
    if (!told.every((count) => count === 0)) {
      instances = instances.map((instance) => (instance.isDead ? born() : instance));
      continue;
    }
    if ((await storage.webhooks.endpoint()).disabledAt) {
      await storage.webhooks.setDisabled(null);
      onEnabled();
      continue;
    }
    const dueAt = await nextDue(storage.webhooks);
    isAllTold = !dueAt;
    if (isAllTold && files.length === 0) break;
    // When all is told what comes next meets an outage, and else the time goes on to whatever is next.
    const until = dueAt ?? later(start, HOUR + SECOND);
    clock.pass(Math.max(SECOND, until.getTime() - clock.now().getTime()));
  }
}

/** A build that keeps no order: whatever waits may go. */
const unordered = (webhooks: WebhookRepository): WebhookRepository =>
  new Proxy(webhooks, {
    get(_target, name) {
      if (name === 'due')
        return async (now: Date, limit: number): Promise<Delivery[]> =>
          (await webhooks.list({ state: 'waiting', limit: 5_000 })).filter(({ dueAt }) => dueAt <= now).slice(-limit);
      const method = Reflect.get(webhooks, name, webhooks) as (...given: unknown[]) => unknown;
      return method.bind(webhooks);
    },
  });

/** When half of what waits is due, so that a day of waiting is a few steps. */
async function nextDue(webhooks: WebhookRepository): Promise<Date | undefined> {
  const waiting = await webhooks.list({ state: 'waiting', limit: 10_000 });
  const times = waiting.map(({ dueAt }) => dueAt).toSorted((a, b) => a.getTime() - b.getTime());
  return times[Math.floor(times.length / 2)];
}

describeOn('webhooks under fire', STORAGES, ({ name, open, cannotJudgeContention }) => {
  // A stand-in looks through everything at every step, and would not be done in time.
  const many = cannotJudgeContention === undefined ? 5_000 : 500;
  const few = name === 'memory' ? 500 : 60;
  const events = IS_THOROUGH ? many : few;

  it(
    'none is missing, the order of each order is kept, and duplicates carry the same id',
    { timeout: 600_000 },
    async () => {
      const storage = await open();
      const { checker, faults, log, ...counts } = await storm({ events, orders: events / 10, storage });
      expect(faults).toEqual([]);
      const all = await storage.webhooks.list({ limit: events + 1 });
      expect(all.map(({ state }) => state)).toEqual(log.map(() => 'delivered'));
      expect(counts.kills).toBeGreaterThan(0);
      expect(counts.gone).toBeGreaterThan(0);
      expect(counts.enabled).toBe(1);
      expect(counts.took).toBeGreaterThan(DOWN_FOR);
      expect(counts.posts).toBeGreaterThan(events);
      if (process.env.WEXAGON_SHOW) console.log(name, { events, ...counts, duplicates: checker.duplicates });
    },
  );
});

describe('a build that is broken is found out', () => {
  const [memory] = STORAGES;
  const small = async (broken: Wishes['broken']) =>
    storm({ events: 120, orders: 12, storage: await memory!.open(), ...(broken && { broken }) });

  it('that takes any answer for a yes', async () => {
    const sender = (real: WebhookSender): WebhookSender => ({
      send: async (...given) => {
        await real.send(...given);
        return { kind: 'answered', status: 200, retryAfter: null };
      },
    });
    expect((await small({ sender })).faults).toContain('webhook missing');
  });

  it('that tells what comes later before what comes first', async () => {
    expect((await small({ isUnordered: true })).faults).toContain('webhook out of order');
  });
});

describe('a receiver that is down for longer than anybody waits', () => {
  it('leaves dead letters behind, which are told when a person says so, in their order', async () => {
    const [storage, clock, checker] = [await STORAGES[0]!.open(), new TestClock(), checkerOfAnyTime()];
    const log: LoggedEvent[] = sampleLog(30, 3);
    let isUp = false;
    const receiver = await webhookReceiver((response, received) => {
      checker.sees(received);
      if (isUp) checker.saysYesTo(received);
      if (isUp) yes(response, received);
      else response.destroy();
    });
    const sender = webhooksTo({ url: receiver.url, allowed: '127.0.0.1' });
    const instance = new WebhookInstance({ persistence: storage, sender, clock, isKilled: () => false });
    await storage.events.restore(log);
    // Ten times in each order, one behind the other, for three days each.
    for (let hours = 0; hours < 10 * 4 * 24; hours += 1) {
      clock.pass(HOUR);
      await instance.turn();
    }
    const dead = await storage.webhooks.list({ state: 'dead', limit: 100 });
    expect(dead.map(({ id }) => id)).toEqual(log.map(({ id }) => `evt_${id}`));
    for (const { attempts, tries } of dead) expect([attempts.length, tries]).toEqual([10, 10]);
    isUp = true;
    clock.pass(DAY);
    expect(await instance.turn()).toBe(0);
    receiver.inbox.length = 0;
    const replay = await replayer(storage, sender, clock);
    expect(await replay.execute({ state: 'dead', from: dead[0]!.id, to: dead[29]!.id })).toEqual({ count: 30 });
    await instance.turn();
    const told = receiver.inbox.map(({ headers }) => headers['webhook-id']);
    expect(told).toHaveLength(30);
    expect(faultsOf(checker, log)).not.toContain('webhook missing');
    for (const order of [0, 1, 2]) {
      const own = told.map((id) => Number(id!.slice(4))).filter((place) => (place - 1) % 3 === order);
      expect(own).toEqual(own.toSorted((a, b) => a - b));
    }
  });
});

async function replayer({ webhooks }: Persistence, sender: WebhookSender, clock: TestClock) {
  const { FindWebhook } = await import('../../src/application/find-webhook.ts');
  const { ReplayWebhook } = await import('../../src/application/replay-webhook.ts');
  const { ReplayWebhooks } = await import('../../src/application/replay-webhooks.ts');
  const findWebhook = new FindWebhook({ webhooks });
  const replayWebhook = new ReplayWebhook({ webhooks, findWebhook, sender, clock });
  return new ReplayWebhooks({ webhooks, replayWebhook, sender, clock });
}
