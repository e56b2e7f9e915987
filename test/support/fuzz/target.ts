import { Chance } from '../storm/chance.ts';

/** Either may be right; which of them is, the target says. */
export type Fate = 'accepted' | 'refused';

/** One thing of ours that reads what strangers write. */
export interface Target {
  readonly name: string;
  /** Does the one case that this chance makes. Throws for whatever was not to happen. */
  readonly attempt: (chance: Chance) => Fate | Promise<Fate>;
  readonly close?: () => Promise<void>;
}

/** Something that was not to happen. */
export class Finding extends Error {
  override readonly name = 'Finding';
}

/** Each case has a chance of its own, so that it comes again without those before it. */
export const chanceOf = (seed: number, number: number): Chance => new Chance(seed ^ Math.imul(number + 1, GOLDEN));

const GOLDEN = 0x9e3779b1;

/** For what is as long as it is to be read. */
export const shortened = (what: unknown): string => {
  const text = typeof what === 'string' ? what : JSON.stringify(what);
  return text.length <= MOST ? text : `${text.slice(0, MOST)}… (${text.length} characters)`;
};

const MOST = 400;

/** Runs what may refuse: undefined where it does in the way that it says; whatever else it throws is a finding. */
export function unlessRefused<Result>(work: () => Result, ...refusals: readonly ErrorClass[]): Result | undefined {
  try {
    return work();
  } catch (error) {
    if (refusals.some((refusal) => error instanceof refusal)) return undefined;
    throw error;
  }
}

// oxlint-disable-next-line typescript/no-explicit-any
type ErrorClass = abstract new (...given: any[]) => Error;
