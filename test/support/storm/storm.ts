import { setTimeout as wait } from 'node:timers/promises';
import type { PayApi } from '../../../src/domain/order/pay-api.ts';
import type { Build } from './builds.ts';
import { Chance } from './chance.ts';
import { countsOf, type Finding, FINDINGS, type Found } from './checker.ts';
import { ORDER_POINTS } from './points.ts';
import type { Letter } from './courier.ts';
import type { StormInstance } from './instance.ts';
import { type Life, StormStage } from './stage.ts';

export interface StormWishes {
  readonly storage: Readonly<Record<string, string>>;
  readonly api: PayApi;
  readonly orders: number;
  readonly kills: number;
  readonly seed: number;
  readonly build: Build;
  readonly onProgress?: (line: string) => void;
}

export interface StormReport {
  readonly storage: string;
  readonly api: PayApi;
  readonly build: Build;
  readonly orders: number;
  /** That were to be brought, duplicates included. */
  readonly notices: number;
  /** Of those, never taken in 16 tries. */
  readonly givenUp: number;
  readonly kills: number;
  readonly seconds: number;
  readonly found: readonly Found[];
}

const LIVES_AT_ONCE = 20;
const SPEED = 20;
const HEALING = 60_000;

/**
 * Two instances on one storage, each killed again and again, while orders are made, paid and closed and WeChat's
 * notices come twice, at once, late or never. Of 7,000 orders there are 10,000 notices, of which 30 % are duplicates
 * (half of those at both instances at once) and 20 % come late, behind others.
 */
export async function storm(wishes: StormWishes): Promise<StormReport> {
  const { storage, api, build } = wishes;
  const stage = await StormStage.open({ storage, api, instances: 2, speed: SPEED, build });
  const began = performance.now();
  try {
    const { givenUp, notices } = await rage(stage, wishes);
    wishes.onProgress?.(`${stage.history.acknowledged.length} notices taken, healing`);
    const found = await stage.heal(build === 'right' ? HEALING : HEALING / 20);
    const seconds = (performance.now() - began) / 1_000;
    const { STORAGE: name = '' } = storage;
    return { storage: name, api, build, orders: wishes.orders, notices, givenUp, kills: stage.kills, seconds, found };
  } finally {
    await stage.close();
  }
}

async function rage(stage: StormStage, wishes: StormWishes) {
  const chance = new Chance(wishes.seed);
  const lives = livesOf(wishes.orders, chance);
  const post = new Post(stage, chance, lives);
  stage.onNotice = (letter) => post.take(letter);
  const killer = new Killer(stage, chance, wishes);
  let begun = 0;
  const worker = async () => {
    for (let life = lives[begun]; life; life = lives[begun]) {
      begun += 1;
      killer.heed(begun);
      if (begun % 1_000 === 0) wishes.onProgress?.(`${begun} orders begun, ${stage.kills} kills`);
      await stage.live(life, () => chance.oneOf(stage.instances));
    }
  };
  await Promise.all(Array.from({ length: LIVES_AT_ONCE }, worker));
  await killer.finish();
  await post.emptied();
  return post;
}

/** Most are paid, and a few of those in silence; some are closed, some at the moment they are paid, and some left. */
function livesOf(orders: number, chance: Chance): Life[] {
  return Array.from({ length: orders }, (_, n): Life => {
    const fate = chance.next();
    return {
      total: 1 + (n % 9_999),
      isKeyed: n % 4 === 0,
      ending: fate < 0.94 ? 'paid' : fate < 0.96 ? 'closed' : fate < 0.98 ? 'raced' : 'left',
      isNoticeLost: chance.is(0.02),
    };
  });
}

/** The way of a notice from WeChat to us. */
class Post {
  notices = 0;
  givenUp = 0;
  readonly #stage: StormStage;
  readonly #chance: Chance;
  /** So that of 7,000 orders there are 10,000 notices. */
  readonly #doubles: number;
  readonly #underWay = new Set<Promise<void>>();

  constructor(stage: StormStage, chance: Chance, lives: readonly Life[]) {
    this.#stage = stage;
    this.#chance = chance;
    const told = lives.filter(({ ending, isNoticeLost }) => ending === 'paid' && !isNoticeLost).length;
    this.#doubles = (lives.length * (10 / 7)) / told - 1;
  }

  take(letter: Letter): void {
    const chance = this.#chance;
    const late = chance.is(0.2) ? chance.from(50, 800) : 0;
    const [one, other] = chance.shuffled(this.#stage.instances) as [StormInstance, StormInstance];
    this.#send(letter, late, one);
    if (!chance.is(this.#doubles)) return;
    this.#send(letter, chance.is(0.5) ? late : chance.from(0, 500), other);
  }

  async emptied(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  #send(letter: Letter, delay: number, first: StormInstance): void {
    this.notices += 1;
    const sending = this.#bring(letter, delay, first);
    this.#underWay.add(sending);
    const forget = () => void this.#underWay.delete(sending);
    sending.then(forget, () => {});
  }

  /** Who did not take it is not asked again before the other was. */
  async #bring(letter: Letter, delay: number, first: StormInstance): Promise<void> {
    if (delay > 0) await wait(delay);
    let tries = this.#stage.instances.indexOf(first);
    const { instances } = this.#stage;
    const isTaken = await this.#stage.bring(letter, () => instances[tries++ % instances.length]!);
    if (!isTaken) this.givenUp += 1;
  }
}

/** Kills an instance after every so many orders: now, or as soon as it comes to a named point. */
class Killer {
  readonly #stage: StormStage;
  readonly #chance: Chance;
  readonly #wishes: StormWishes;
  #ordered = 0;
  readonly #underWay: Promise<unknown>[] = [];

  constructor(stage: StormStage, chance: Chance, wishes: StormWishes) {
    this.#stage = stage;
    this.#chance = chance;
    this.#wishes = wishes;
  }

  heed(begun: number): void {
    const { orders, kills } = this.#wishes;
    if (this.#ordered >= kills || begun < ((this.#ordered + 1) * orders) / (kills + 1)) return;
    this.#ordered += 1;
    const instance = this.#chance.oneOf(this.#stage.instances);
    const [point, passing] = [this.#chance.oneOf(ORDER_POINTS), this.#chance.from(1, 3)];
    const isNow = this.#chance.is(0.5);
    this.#underWay.push(isNow ? instance.kill() : instance.arm(point, passing));
  }

  /** Points that nobody came to any more are made up for. */
  async finish(): Promise<void> {
    await Promise.all(this.#underWay);
    while (this.#stage.kills < this.#wishes.kills) await this.#chance.oneOf(this.#stage.instances).kill();
  }
}

const COLUMNS = ['storage', 'api', 'build', 'orders', 'notices', 'kills', 'seconds', ...FINDINGS] as const;

export const TABLE_HEAD = [row(COLUMNS), row(COLUMNS.map(() => '---'))].join('\n');

export function tableLine({ storage, api, build, orders, notices, kills, seconds, found }: StormReport): string {
  const counts: Record<Finding, number> = countsOf(found);
  const facts = [storage, api, build, orders, notices, kills, seconds.toFixed(1)];
  return row([...facts, ...FINDINGS.map((finding) => counts[finding])].map(String));
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
