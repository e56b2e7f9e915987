import { setTimeout as wait } from 'node:timers/promises';
import type { Chance } from './chance.ts';
import { isTaken, type Letter } from './courier.ts';
import { forged } from './forgeries.ts';
import type { Instance } from './instance.ts';
import type { StormStage } from './stage.ts';

/** What became of the notices. */
export interface PostCounts {
  /** That were to be brought, duplicates included. */
  notices: number;
  duplicates: number;
  late: number;
  forgeries: number;
  /** Never taken in 16 tries. */
  givenUp: number;
}

/** The way of a notice from WeChat to us: 20 % come late, behind others, and before one in twenty comes a forgery. */
export class Post {
  readonly counts: PostCounts = { notices: 0, duplicates: 0, late: 0, forgeries: 0, givenUp: 0 };
  readonly #stage: StormStage;
  readonly #chance: Chance;
  /** How many notices come twice, half of these at two instances at once. */
  readonly #doubles: number;
  readonly #underWay = new Set<Promise<void>>();
  readonly #untaken: Letter[] = [];
  /** How many WeChat sent. */
  #letters = 0;

  constructor(stage: StormStage, chance: Chance, doubles: number) {
    this.#stage = stage;
    this.#chance = chance;
    this.#doubles = doubles;
  }

  take(letter: Letter): void {
    const chance = this.#chance;
    const late = chance.is(0.2) ? chance.from(50, 800) : 0;
    if (late > 0) this.counts.late += 1;
    const [one, other = one] = chance.shuffled(this.#stage.instances) as [Instance, Instance?];
    if (this.#letters % 20 === 0) this.#forge(letter, one);
    this.#letters += 1;
    this.#send(letter, late, one);
    if (!chance.is(this.#doubles)) return;
    this.counts.duplicates += 1;
    this.#send(letter, chance.is(0.5) ? late : chance.from(0, 500), other);
  }

  async emptied(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** Everybody is well by now: whatever is refused now would be refused for ever. */
  async again(): Promise<void> {
    const { history, instances } = this.#stage;
    for (const letter of this.#untaken) {
      if (await this.#stage.bring(letter, () => instances[0]!)) continue;
      history.witnessed.push({ finding: 'notice never taken', about: letter.outTradeNo });
    }
  }

  #forge(letter: Letter, at: Instance): void {
    const forgery = forged(letter, this.counts.forgeries % 2 === 1);
    if (!forgery) return;
    this.counts.forgeries += 1;
    this.#note(this.#bringForgery(forgery, at));
  }

  async #bringForgery(forgery: Letter, at: Instance): Promise<void> {
    if (!(await isTaken(forgery, () => at.url))) return;
    this.#stage.history.witnessed.push({ finding: 'forgery believed', about: forgery.outTradeNo });
  }

  #send(letter: Letter, delay: number, first: Instance): void {
    this.counts.notices += 1;
    this.#note(this.#bring(letter, delay, first));
  }

  #note(sending: Promise<void>): void {
    this.#underWay.add(sending);
    const forget = () => void this.#underWay.delete(sending);
    sending.then(forget, () => {});
  }

  /** Who did not take it is not asked again before the other was. */
  async #bring(letter: Letter, delay: number, first: Instance): Promise<void> {
    if (delay > 0) await wait(delay);
    const { instances } = this.#stage;
    let tries = instances.indexOf(first);
    if (await this.#stage.bring(letter, () => instances[tries++ % instances.length]!)) return;
    this.counts.givenUp += 1;
    this.#untaken.push(letter);
  }
}
