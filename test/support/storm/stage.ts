import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { PayApi } from '../../../src/domain/order/pay-api.ts';
import type { Persistence } from '../../../src/domain/persistence.ts';
import { openPersistence } from '../../../src/main/modules/persistence.ts';
import { type Simulator, startSimulator } from '../../../src/simulator/simulator.ts';
import { SimulatorControl } from '../simulator-control.ts';
import { testConfig, V2_KEY } from '../test-config.ts';
import { payEnvironment, SIMULATED_V3 } from '../v3-merchant.ts';
import type { Where } from './asker.ts';
import type { Build } from './builds.ts';
import { check } from './checker.ts';
import { bring, type Letter, Letterbox } from './courier.ts';
import { hurry, type Pace, timeAt } from './fast-clock.ts';
import { type Found, mayHeal } from './findings.ts';
import type { HouseOrders } from './house.ts';
import { type Instance, StormInstance } from './instance.ts';
import { keptIn } from './kept.ts';
import { type Life, People } from './people.ts';
import { Resident } from './resident.ts';
import { Users } from './users.ts';
import {
  type Heard,
  HEARD_NOTHING,
  type Me,
  newHistory,
  type OpenHistory,
  type TrueTrade,
  type World,
} from './world.ts';

export const APP = { appid: 'wx4f4bc4dec97d474b', secret: '0123456789abcdef0123456789abcdef' };
const MCHID = '1900000109';

interface Wishes {
  /** With which settings a server opens the storage; with the memory's, all live in this process. */
  readonly storage: Readonly<Record<string, string>>;
  /** Besides. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The version in which the servers speak to WeChat. */
  readonly api?: PayApi;
  readonly instances: number;
  readonly speed: number;
  readonly build?: Build;
}

interface Parts {
  readonly folder: string;
  readonly simulator: Simulator;
  readonly letterbox: Letterbox;
  readonly persistence: Persistence;
  readonly pace: Pace;
  readonly instances: readonly Instance[];
  readonly tidyUp: () => void;
}

/** A log that nobody has read for long may take more than one try. */
const LONGEST = 30_000;

/** How long after its acceptance WeChat has paid a refund back. */
const REFUNDING = 150;

/** Servers that share a storage, a WeChat, and people between them who write down what they are told. */
export class StormStage {
  readonly history: OpenHistory = newHistory();
  readonly wechat: SimulatorControl;
  readonly people: People;
  readonly users: Users;
  /** Does something with each notice that WeChat sends; `at` is where the order's people go. */
  onNotice: (letter: Letter, at: Where) => void = () => {};
  /** What the merchant has heard, where there is one who listens. */
  heard: () => Heard = () => HEARD_NOTHING;
  /** Which secrets are to be read where none may be. */
  leaks: () => readonly string[] = () => [];
  readonly #parts: Parts;

  private constructor(parts: Parts) {
    this.#parts = parts;
    this.wechat = new SimulatorControl(parts.simulator.url);
    this.users = new Users(this.wechat, this.history);
    const { history, users, wechat } = this;
    this.people = new People({ wechat, users, history, now: () => this.now() });
  }

  static async open(wishes: Wishes): Promise<StormStage> {
    const pace = { since: Date.now(), speed: wishes.speed };
    const folder = mkdtempSync(join(tmpdir(), 'wexagon-storm-'));
    const slowDown = hurry(pace);
    const tidyUp = () => {
      slowDown();
      rmSync(folder, { recursive: true });
    };
    try {
      return await StormStage.#set(wishes, { pace, folder, tidyUp });
    } catch (error) {
      tidyUp();
      throw error;
    }
  }

  static async #set(
    { storage, settings = {}, api = 'v2', instances: count, build = 'right' }: Wishes,
    { pace, folder, tidyUp }: Pick<Parts, 'pace' | 'folder' | 'tidyUp'>,
  ): Promise<StormStage> {
    const simulator = await startSimulator({ ...APP, pay: { mchid: MCHID, v2Key: V2_KEY, v3: SIMULATED_V3 } });
    await payBackSoon(simulator);
    let arrive = (_letter: Letter): void => {};
    const letterbox = await Letterbox.open((letter) => arrive(letter));
    const environment = {
      ...payEnvironment(api, folder),
      WECHAT_APPID: APP.appid,
      WECHAT_SECRET: APP.secret,
      WECHAT_API_BASE_URL: simulator.url,
      WECHAT_PAY_BASE_URL: simulator.url,
      PUBLIC_BASE_URL: letterbox.url,
      LOG_LEVEL: 'silent',
      ...storage,
      ...settings,
    };
    const persistence = await openPersistence(testConfig(environment).storage, LONGEST);
    const begin = beginnerOf({ environment, pace, build }, persistence, join(folder, LOG));
    const instances = Array.from({ length: count }, begin);
    const stage = new StormStage({ folder, simulator, letterbox, persistence, pace, instances, tidyUp });
    arrive = (letter) => stage.#arrive(letter);
    return stage;
  }

  get instances(): readonly Instance[] {
    return this.#parts.instances;
  }

  /** Those that can be killed. */
  get mortals(): readonly StormInstance[] {
    return this.instances.filter((instance) => instance instanceof StormInstance);
  }

  get kills(): number {
    return this.instances.reduce((sum, { kills }) => sum + kills, 0);
  }

  /** Where the servers' logs go. */
  get log(): string {
    return join(this.#parts.folder, LOG);
  }

  /** The servers' time. */
  now(): number {
    return timeAt(this.#parts.pace);
  }

  async close(): Promise<void> {
    const { letterbox, persistence, simulator, tidyUp } = this.#parts;
    try {
      await Promise.all(this.instances.map((instance) => instance.stop()));
    } finally {
      letterbox.close();
      await simulator.close();
      await persistence.close();
      tidyUp();
    }
  }

  /** Lives an order through, and answers its number once it has one. */
  live(life: Life, at: Where): Promise<string | undefined> {
    return this.people.live(life, at);
  }

  /** Brings a notice until it is taken, and writes down that it was where that means that money came. */
  async bring(letter: Letter, at: Where): Promise<boolean> {
    const { outTradeNo, isAboutRefund } = letter;
    const isTaken = await bring(letter, () => at().url);
    if (isTaken && !isAboutRefund) this.history.acknowledged.push({ outTradeNo, at: this.now() });
    return isTaken;
  }

  /** Waits until all agrees with the truth, or for so long after the last deadline; answers what is wrong. */
  async heal(patience: number): Promise<Found[]> {
    const timeLeft = Math.max(0, this.people.lastDeadline - this.now()) / this.#parts.pace.speed;
    const deadline = performance.now() + timeLeft + patience;
    for (;;) {
      const began = performance.now();
      const world = await this.#world(deadline);
      const isTime = world.now > this.people.lastDeadline && !check(world).some(mayHeal);
      if (isTime || performance.now() > deadline)
        return check({ ...world, users: await this.#everybody(), leaks: this.leaks() });
      // To look through everything takes its time, which those who heal may need.
      await wait(Math.max(200, 4 * (performance.now() - began)));
    }
  }

  #everybody(): Promise<Me[]> {
    return this.users.all(() => this.instances[0]!);
  }

  #arrive(letter: Letter): void {
    const at = this.people.homes.get(letter.outTradeNo);
    if (at) this.onNotice(letter, at);
  }

  async #world(deadline: number): Promise<World> {
    const kept = await keptIn(this.#parts.persistence, deadline);
    const { trades } = await this.wechat.call<{ trades: TrueTrade[] }>('GET', 'ledger');
    return { history: this.history, kept, trades, heard: this.heard(), users: [], leaks: [], now: this.now() };
  }
}

const LOG = 'server.log';

/** Processes of their own that can be killed, or servers in this one over a storage that only this one has. */
function beginnerOf(orders: HouseOrders, persistence: Persistence, log: string): () => Instance {
  if (orders.environment.STORAGE !== 'memory') return () => new StormInstance({ ...orders, log });
  return () => new Resident(orders, persistence, (line) => appendFileSync(log, line));
}

async function payBackSoon({ url }: Simulator): Promise<void> {
  await new SimulatorControl(url).call('PUT', 'refunds/outcome', { outcome: 'success', delay: REFUNDING });
}
