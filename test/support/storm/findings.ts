/** What can be wrong after a storm, and which promise is broken then: I1 to I10 as docs/reliability.md has them. */
const PROMISES = {
  /** Answered SUCCESS while nothing was written, and never written on that word: lost, or found again by a look. */
  'acknowledged but lost': 'I1',
  /** Answered SUCCESS while nothing was written, and written later. */
  'acknowledged too early': 'I1',
  /** Somebody was told that it is made, closed, paid back, logged in or renamed, and it is not. */
  'promise broken': 'I1',
  /** More than one effect of one payment or refund. */
  doubled: 'I2',
  'paid without event': 'I2',
  'event without paid': 'I2',
  /** Two orders of one request. */
  'second order': 'I2',
  /** Two refunds of one wish, here or at WeChat. */
  'second refund': 'I2',
  'second account': 'I2',
  /** More is given back than was paid. */
  'refunded too much': 'I3',
  'state went back': 'I4',
  /** Events of an order that are not 1, 2, 3 … to its last. */
  'gap in events': 'I4',
  /** Another total, payer or payment than what was ordered or what WeChat has. */
  'wrong amount': 'I5',
  'past its deadline': 'I6',
  /** The receiver has never said yes to it. */
  'webhook missing': 'I7',
  /** The receiver heard of something before it had said yes to what came first. */
  'webhook out of order': 'I7',
  /** The same id with another body, or a signature that the public library does not take. */
  'webhook unbelievable': 'I7',
  /** Who reads the log page by page never saw it, or not in its place. */
  'event missed': 'I7',
  /** Told again when all is well, and still refused. */
  'notice never taken': 'I8',
  /** Another state than WeChat's. */
  differing: 'I9',
  /** A key or a token in a log or a file. */
  'secret told': 'I10',
  /** A notice that WeChat never signed was answered SUCCESS. */
  'forgery believed': 'T01',
} as const;

export type Finding = keyof typeof PROMISES;

export const FINDINGS = Object.keys(PROMISES) as Finding[];

export const promiseOf = (finding: Finding): string => PROMISES[finding];

export interface Found {
  readonly finding: Finding;
  /** The order, the event, the user or the place. */
  readonly about: string;
}

/** How often each thing was found. */
export const countsOf = (found: readonly Found[]): Record<Finding, number> =>
  Object.fromEntries(
    FINDINGS.map((finding) => [finding, found.filter((one) => one.finding === finding).length]),
  ) as Record<Finding, number>;

/** What only time can mend: whoever waits for a storm to be over waits as long as there is any of it. */
const HEALING: ReadonlySet<Finding> = new Set(['differing', 'past its deadline', 'webhook missing', 'event missed']);

export const mayHeal = ({ finding }: Found): boolean => HEALING.has(finding);
