import { expect, it, onTestFinished } from 'vitest';
import type { PayApi } from '../../src/domain/order/pay-api.ts';
import { describeOverBoth } from '../support/over-both.ts';
import { InboxChecker } from '../support/inbox-checker.ts';
import { type Storage, STORAGES, temporaryFolder } from '../support/storages.ts';
import { Chance } from '../support/storm/chance.ts';
import type { StormInstance } from '../support/storm/instance.ts';
import { ORDER_POINTS, type Point, REFUND_POINTS, USER_POINTS, WEBHOOK_POINTS } from '../support/storm/points.ts';
import type { Life } from '../support/storm/people.ts';
import { StormStage } from '../support/storm/stage.ts';
import { type Heard, HEARD_NOTHING } from '../support/storm/world.ts';
import { answering, webhookReceiver } from '../support/webhook-receiver.ts';
import { SECRET } from '../support/webhook-samples.ts';

/** Deaths at each point; every one costs the start of a process. A night can afford WEXAGON_KILLS=100. */
const KILLS = Number(process.env.WEXAGON_KILLS ?? 1);
const SEED = Number(process.env.WEXAGON_SEED ?? Math.floor(Math.random() * 1_000_000));

/** What is in flight when the server dies, besides the order that it dies of. */
const BATCH = 3;

/** The clock's, so that what is left unfinished is due at once. */
const SPEED = 60;

const HEALING = 30_000;

const chanceOfPoints = new Chance(SEED);

const isThorough = process.env.WEXAGON_THOROUGH !== undefined;

/**
 * What forgets when it dies cannot be held to anything; and what a stand-in keeps proves little of the one it stands for,
 * so that it has its turn in a thorough run alone (`npm run test:thorough`).
 */
const LASTING = STORAGES.filter(
  ({ keepsAfterRestart, cannotJudgeContention }) =>
    keepsAfterRestart && (isThorough || cannotJudgeContention === undefined),
);

/** A life on which the point lies. */
type LifeThrough = (point: Point, chance: Chance) => Life;

const OTHER_POINTS = [...WEBHOOK_POINTS, ...USER_POINTS];

/** MongoDB writes a step with one command. */
const OF_TRANSACTIONS = new Set<Point>(['N4', 'R7']);

/** In a quick run each storage and version has other ones, and every run too. */
const someOf = (points: readonly Point[], share: number): Point[] =>
  chanceOfPoints.shuffled(points).slice(0, Math.ceil(points.length * share));

const crashes = ({ name, environment }: Storage, api: PayApi) => {
  const family = (of: string, all: readonly Point[], lifeThrough: LifeThrough) => {
    const there = all.filter((point) => !OF_TRANSACTIONS.has(point) || name !== 'mongo');
    const points = isThorough ? there : someOf(there, name === 'sqlite' && api === 'v2' ? 1 / 2 : 1 / 3);
    return [`${KILLS} deaths at each of ${points.length} points of ${of}`, points, lifeThrough] as const;
  };

  // Webhooks and logins are the same in either version, and wherever they are kept.
  const ofOthers =
    api === 'v2' && (isThorough || name === 'sqlite') ? [family('webhooks and logins', OTHER_POINTS, userThrough)] : [];

  it.each([family('orders', ORDER_POINTS, orderThrough), family('refunds', REFUND_POINTS, refundThrough), ...ofOthers])(
    '%s leave WeChat and us of one mind',
    async (_name, points, lifeThrough) => {
      const folder = temporaryFolder();
      const storage = { SQLITE_PATH: `${folder}/wexagon.db`, ...(await environment(folder)) };
      const merchant = points.some((point) => point.startsWith('W')) ? await listening() : NOBODY;
      const stage = await StormStage.open({ storage, settings: merchant.settings, api, instances: 2, speed: SPEED });
      onTestFinished(() => stage.close());
      stage.heard = merchant.heard;
      const chance = new Chance(SEED);
      const deaths = chance.shuffled(points.flatMap((point) => Array.from({ length: KILLS }, () => point)));
      const bringing: Promise<boolean>[] = [];
      stage.onNotice = (letter, at) => {
        // Version 3 signs what it tells of a refund: who has heard it need not ask.
        if (api === 'v3' && letter.isAboutRefund && chance.is(0.5)) return;
        for (let copies = chance.from(1, 2); copies > 0; copies -= 1) bringing.push(stage.bring(letter, at));
      };
      const life = (point: Point) => lifeThrough(point, chance);
      await Promise.all(stage.mortals.map((instance) => dieEach({ stage, instance, chance, life }, deaths)));
      await Promise.all(bringing);
      expect(stage.kills, `seed ${SEED}`).toBe(points.length * KILLS);
      expect(await stage.heal(HEALING), `seed ${SEED}`).toEqual([]);
    },
    120_000 + KILLS * 30_000,
  );
};

describeOverBoth('crashes', LASTING, crashes, 'sqlite');

interface Mortal {
  readonly stage: StormStage;
  readonly instance: StormInstance;
  readonly chance: Chance;
  readonly life: (point: Point) => Life;
}

/** Takes the deaths one by one, each in the middle of a batch of orders. */
async function dieEach({ stage, instance, chance, life }: Mortal, deaths: Point[]): Promise<void> {
  const here = () => instance;
  for (let point = deaths.pop(); point; point = deaths.pop()) {
    const before = instance.kills;
    expect(await instance.arm(point, chance.from(1, BATCH))).toBe(true);
    for (let batches = 0; instance.kills === before; batches += 1) {
      if (batches === 20) throw new Error(`${point} is never passed`);
      await Promise.all(Array.from({ length: BATCH }, () => stage.live(life(point), here)));
    }
  }
}

interface Merchant {
  readonly settings: Readonly<Record<string, string>>;
  readonly heard: () => Heard;
}

const NOBODY: Merchant = { settings: {}, heard: () => HEARD_NOTHING };

/** A merchant whose receiver says yes to everything. */
async function listening(): Promise<Merchant> {
  const checker = new InboxChecker(() => true);
  const { url } = await webhookReceiver((response, received) => {
    checker.sees(received);
    checker.saysYesTo(received);
    answering(204)(response, received);
  });
  return {
    settings: { WEBHOOK_URL: url, WEBHOOK_SECRET: SECRET, WEBHOOK_ALLOW_INTERNAL: '127.0.0.1' },
    heard: () => ({ told: checker.heard, read: undefined, wrong: checker.wrong }),
  };
}

/** Some who are cut off never come back: then nobody but the server can finish it. */
const orderThrough: LifeThrough = (point, chance) => ({
  total: chance.from(1, 10_000),
  ending: point.startsWith('Q') ? chance.oneOf(['closed', 'closed', 'raced']) : 'paid',
  isKeyed: point.startsWith('K') || chance.is(0.5),
  walksAway: chance.is(0.3),
  isNoticeLost: !point.startsWith('N') && chance.is(0.3),
});

/** A part is paid back, and often the rest a minute later. */
const refundThrough: LifeThrough = (point, chance) => {
  const total = chance.from(2, 10_000);
  const part = chance.from(1, total - 1);
  const amounts = chance.is(0.5) ? [part] : [part, total - part];
  const isKeyed = point.startsWith('K') || chance.is(0.5);
  const isNoticeLost = chance.is(0.5);
  return {
    total,
    ending: 'paid',
    isKeyed: false,
    walksAway: chance.is(0.3),
    isNoticeLost,
    refunds: { amounts, isKeyed },
  };
};

/** A few users who log in all the time, and always have another name. */
const userThrough: LifeThrough = (_point, chance) => ({
  total: chance.from(1, 10_000),
  ending: 'paid',
  isKeyed: chance.is(0.5),
  user: `user-${chance.from(1, 5)}`,
  logsIn: true,
  isRenamed: true,
});
