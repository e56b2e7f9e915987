import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { COMPILED } from '../compiled.ts';
import type { Answer, Word } from '../storm-server.ts';
import type { HouseOrders } from './house.ts';
import type { Point } from './points.ts';

const PROGRAM = new URL('../storm-server.ts', import.meta.url);

/** A server of the storm. */
export interface Instance {
  /** Where it listens, as soon as it does. */
  readonly url: Promise<string>;
  /** How often it was killed. */
  readonly kills: number;
  stop(): Promise<void>;
}

/** How a process is started, and where what it logs goes. */
export interface InstanceOrders extends HouseOrders {
  readonly log: string;
}

/** One process of the storm server, from its start to its end. */
class Incarnation {
  readonly ended: Promise<string>;
  /** The point that it is to die at, unless it is killed before. */
  armed: Point | undefined;
  readonly #child: ChildProcess;
  #isKilled = false;
  readonly #heard: Answer[] = [];

  constructor({ log, ...orders }: InstanceOrders) {
    const env = { PATH: process.env.PATH, ...COMPILED };
    const file = openSync(log, 'a');
    this.#child = fork(PROGRAM, [JSON.stringify(orders)], { env, stdio: ['ignore', file, 'inherit', 'ipc'] });
    closeSync(file);
    this.#child.on('message', (answer: Answer) => this.#heard.push(answer));
    this.#child.on('error', () => {});
    this.ended = once(this.#child, 'exit').then(([code, signal]) => String(signal ?? code));
  }

  arm(word: Word): void {
    if (!this.#isKilled) this.armed = word.point;
    if (this.#child.connected) this.#child.send(word, () => {});
  }

  kill(): void {
    this.#isKilled = true;
    this.armed = undefined;
    this.#child.kill('SIGKILL');
  }

  /** What it says that fits; undefined when it ends before. */
  async heard<Wanted extends Answer>(isWanted: (answer: Answer) => answer is Wanted): Promise<Wanted | undefined> {
    const isOver = this.ended.then(() => true);
    for (;;) {
      const found = this.#heard.findIndex(isWanted);
      if (found >= 0) return this.#heard.splice(found, 1)[0] as Wanted;
      if (await Promise.race([once(this.#child, 'message').then(() => false), isOver])) return undefined;
    }
  }
}

const isUrl = (answer: Answer): answer is { readonly url: string } => typeof answer === 'object';
const isArmed = (answer: Answer): answer is 'armed' => answer === 'armed';

/** A server that ended otherwise than by a kill: there is no use in starting it again. */
export class EndedByItself extends Error {
  override readonly name = 'EndedByItself';
}

/** An instance that is started again whenever it was killed. */
export class StormInstance implements Instance {
  kills = 0;
  /** The points that it has died at. */
  readonly diedAt: Point[] = [];
  readonly #orders: InstanceOrders;
  #incarnation: Incarnation;
  #url: Promise<string>;
  #isStopped = false;

  constructor(orders: InstanceOrders) {
    this.#orders = orders;
    this.#incarnation = new Incarnation(orders);
    this.#url = this.#begin(this.#incarnation);
  }

  get url(): Promise<string> {
    return this.#url;
  }

  /** Has it die when the point is passed for the n-th time; answers whether it was still there to hear of it. */
  async arm(point: Point, passing: number): Promise<boolean> {
    await this.#url;
    const incarnation = this.#incarnation;
    incarnation.arm({ point, passing });
    return (await incarnation.heard(isArmed)) !== undefined;
  }

  /** Kills it now. */
  async kill(): Promise<void> {
    await this.#url;
    const incarnation = this.#incarnation;
    incarnation.kill();
    await incarnation.ended;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#incarnation.kill();
    await this.#incarnation.ended;
  }

  async #begin(incarnation: Incarnation): Promise<string> {
    void incarnation.ended.then((how) => this.#again(how));
    const listening = await incarnation.heard(isUrl);
    // One that dies before it listens is followed by another.
    return listening ? listening.url : this.#next(incarnation);
  }

  async #next(incarnation: Incarnation): Promise<string> {
    const how = await incarnation.ended;
    if (this.#isStopped) throw new EndedByItself('it was stopped');
    if (how !== 'SIGKILL') throw new EndedByItself(`a server ended by itself: ${how}`);
    return this.#url;
  }

  #again(how: string): void {
    if (this.#isStopped) return;
    if (how === 'SIGKILL') this.#restart();
    else this.#url = Promise.reject(new EndedByItself(`a server ended by itself: ${how}`));
    this.#url.catch(() => {});
  }

  #restart(): void {
    this.kills += 1;
    const { armed } = this.#incarnation;
    if (armed !== undefined) this.diedAt.push(armed);
    this.#incarnation = new Incarnation(this.#orders);
    this.#url = this.#begin(this.#incarnation);
  }
}
