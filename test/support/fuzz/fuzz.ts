import { chanceOf, type Fate, type Target } from './target.ts';

export interface FuzzWishes {
  readonly seed: number;
  readonly cases: number;
  /** The number of the first case, where it is not 0. */
  readonly from?: number;
  readonly onProgress?: (line: string) => void;
}

export interface Found {
  readonly target: string;
  readonly seed: number;
  readonly number: number;
  readonly why: string;
}

export interface FuzzReport {
  readonly target: string;
  readonly cases: number;
  readonly fates: Readonly<Record<Fate, number>>;
  readonly slowest: { readonly number: number; readonly milliseconds: number };
  readonly found: readonly Found[];
}

/** What is broken is broken a thousand times. */
const MOST_FOUND = 10;
const PROGRESS = 10_000;

/** Does so many cases, one after the other, and tells of those in which something happened that was not to. */
export async function fuzz(target: Target, { seed, cases, from = 0, onProgress }: FuzzWishes): Promise<FuzzReport> {
  const fates = { accepted: 0, refused: 0 };
  const found: Found[] = [];
  let slowest = { number: from, milliseconds: 0 };
  for (let number = from; number < from + cases && found.length < MOST_FOUND; number += 1) {
    const began = performance.now();
    const outcome = await attempt(target, seed, number);
    const milliseconds = performance.now() - began;
    if (milliseconds > slowest.milliseconds) slowest = { number, milliseconds };
    if (typeof outcome === 'string') fates[outcome] += 1;
    else found.push(outcome);
    if ((number + 1) % PROGRESS === 0) onProgress?.(`${target.name}: ${number + 1 - from} cases`);
  }
  return { target: target.name, cases: fates.accepted + fates.refused + found.length, fates, slowest, found };
}

async function attempt(target: Target, seed: number, number: number): Promise<Fate | Found> {
  try {
    const fate = await target.attempt(chanceOf(seed, number));
    // What is read must never reach the prototype of everything.
    for (const name in {}) throw new Error(`every object has a ${name} now`);
    return fate;
  } catch (error) {
    for (const name in {}) Reflect.deleteProperty(Object.prototype, name);
    return {
      target: target.name,
      seed,
      number,
      why: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
}

/** What does that one case again. */
export const replayOf = ({ target, seed, number }: Found): string =>
  `npm run fuzz -- --target ${target} --seed ${seed} --case ${number}`;

const HEAD = ['target', 'cases', 'accepted', 'refused', 'found', 'slowest ms', 'its case'];

const WIDTHS = [18, 9, 9, 9, 6, 11, 9];

export function tableOf(reports: readonly FuzzReport[]): string {
  const rows = reports.map(({ target, cases, fates, found, slowest }) => [
    target,
    cases,
    fates.accepted,
    fates.refused,
    found.length,
    slowest.milliseconds.toFixed(1),
    slowest.number,
  ]);
  return [HEAD, ...rows].map(lineOf).join('\n');
}

const lineOf = (cells: readonly (string | number)[]): string =>
  cells
    .map((cell, place) => (place === 0 ? String(cell).padEnd(WIDTHS[0]!) : String(cell).padStart(WIDTHS[place]!)))
    .join('');
