import type { Chance } from './chance.ts';
import type { StormInstance } from './instance.ts';
import { ALL_POINTS, type Point } from './points.ts';

/** Kills one of the instances: every other time now, else as soon as it comes to a named point, each in its turn. */
export class Killer {
  readonly #instances: readonly StormInstance[];
  readonly #chance: Chance;
  #deck: Point[] = [];
  #kills = 0;

  constructor(instances: readonly StormInstance[], chance: Chance) {
    this.#instances = instances;
    this.#chance = chance;
  }

  async strike(): Promise<void> {
    this.#kills += 1;
    const instance = this.#chance.oneOf(this.#instances);
    if (this.#kills % 2 === 0) await instance.kill();
    else await instance.arm(this.#nextPoint(), this.#chance.from(1, 3));
  }

  /** Points that nobody came to any more are made up for. */
  async makeUpTo(kills: number): Promise<void> {
    const died = () => this.#instances.reduce((sum, instance) => sum + instance.kills, 0);
    while (died() < kills) await this.#chance.oneOf(this.#instances).kill();
  }

  get points(): ReadonlySet<Point> {
    return new Set(this.#instances.flatMap(({ diedAt }) => diedAt));
  }

  /** Each in its turn, and then again those that nobody came to in time. */
  #nextPoint(): Point {
    if (this.#deck.length === 0) {
      const missed = ALL_POINTS.filter((point) => !this.points.has(point));
      this.#deck = this.#chance.shuffled(missed.length > 0 ? missed : ALL_POINTS);
    }
    return this.#deck.pop()!;
  }
}
