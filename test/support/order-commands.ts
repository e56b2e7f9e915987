import fc from 'fast-check';
import type { PayApi } from '../../src/domain/order/pay-api.ts';
import { HOUR, MINUTE, SECOND } from '../../src/domain/clock.ts';

/*
 * Everything that can happen to orders, for sequences drawn at random.
 */

const IN_EITHER = {
  now: {},
  twice: {},
  later: {},
  corrupted: { corrupt: true },
  downgraded: { sign: 'downgrade' },
  unsigned: { sign: 'unsigned' },
  'wrong key': { sign: 'wrong-key' },
} as const;

/** How a notice is brought, and what is wrong with it, if anything. */
export const TELLINGS = {
  v2: {
    ...IN_EITHER,
    'wrong amount': { override: { total_fee: '1' } },
    'another merchant': { override: { mch_id: '1900000109' } },
    'no time': { drop: ['time_end'] },
  },
  v3: {
    ...IN_EITHER,
    'wrong amount': { override: { 'amount.total': 1 } },
    'another merchant': { override: { mchid: '1900000109' } },
    'no time': { drop: ['success_time'] },
  },
} as const satisfies Record<PayApi, object>;

export type Telling = keyof (typeof TELLINGS)[PayApi];

export type Single =
  | { readonly do: 'create'; readonly hasPayer: boolean; readonly life: number }
  | { readonly do: 'ask to pay'; readonly order: number; readonly user: 'alice' | 'bob' }
  | { readonly do: 'pay'; readonly order: number; readonly outcome: string; readonly coupons: readonly object[] }
  | { readonly do: 'tell'; readonly order: number; readonly how: Telling }
  | { readonly do: 'tell what is left, newest first' }
  | { readonly do: 'close'; readonly order: number }
  | { readonly do: 'sync'; readonly order: number }
  | { readonly do: 'expire'; readonly order: number }
  | { readonly do: 'pay after all'; readonly order: number }
  | { readonly do: 'settle'; readonly after: number }
  | { readonly do: 'fault'; readonly fault: object };

export type Command = Single | { readonly do: 'at once'; readonly these: readonly Single[] };

const which = fc.nat(2);
const named = <Name extends string>(name: Name) => fc.constant(name);

const FAULTS = [
  { kind: 'errcode', err_code: 'SYSTEMERROR', when: 'before' },
  { kind: 'errcode', err_code: 'SYSTEMERROR', when: 'after' },
  { kind: 'hangup', when: 'before' },
  { kind: 'hangup', when: 'after' },
  { kind: 'bad-signature' },
  { kind: 'errcode', err_code: 'NOAUTH', when: 'before' },
] as const;

const fault = fc.record({
  fault: fc.constantFrom(...FAULTS),
  call: fc.constantFrom('unifiedorder', 'orderquery', 'closeorder'),
  // Three times is as often as one call is repeated.
  times: fc.constantFrom(1, 3),
});

const coupon = fc.record({ fee: fc.integer({ min: 1, max: 40 }), type: fc.constantFrom('CASH', 'NO_CASH') });

const single: fc.Arbitrary<Single> = fc.oneof(
  { weight: 1, arbitrary: create() },
  {
    weight: 4,
    arbitrary: fc.record({
      do: named('ask to pay'),
      order: which,
      user: fc.oneof({ weight: 4, arbitrary: named('alice') }, { weight: 1, arbitrary: named('bob') }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: named('pay'),
      order: which,
      outcome: fc.constantFrom('success', 'success', 'success', 'failure', 'cancel'),
      coupons: fc.array(coupon, { maxLength: 2 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: named('tell'),
      order: which,
      how: fc.constantFrom(...(Object.keys(TELLINGS.v2) as Telling[])),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: named('tell what is left, newest first') }) },
  { weight: 2, arbitrary: fc.record({ do: named('close'), order: which }) },
  { weight: 1, arbitrary: fc.record({ do: named('sync'), order: which }) },
  { weight: 1, arbitrary: fc.record({ do: named('expire'), order: which }) },
  { weight: 2, arbitrary: fc.record({ do: named('pay after all'), order: which }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: named('settle'),
      after: fc.constantFrom(6 * SECOND, 20 * SECOND, 4 * MINUTE, 40 * MINUTE, 116 * MINUTE),
    }),
  },
  {
    weight: 3,
    arbitrary: fault.map(({ fault: kind, ...call }) => ({ do: 'fault' as const, fault: { ...kind, ...call } })),
  },
);

function create(): fc.Arbitrary<Single> {
  const life = fc.constantFrom(5 * MINUTE, 2 * HOUR, 6 * HOUR);
  return fc.record({ do: named('create'), hasPayer: fc.boolean(), life });
}

const ASKED: Command = { do: 'ask to pay', order: 0, user: 'alice' };
const PAID: Command = { do: 'pay', order: 0, outcome: 'success', coupons: [] };
const ALMOST_TWO_HOURS: Command = { do: 'settle', after: 116 * MINUTE };
const REFUSED: Command = { do: 'fault', fault: { call: 'unifiedorder', err_code: 'NOAUTH' } };
const UNKNOWN: Command = { do: 'fault', fault: { call: 'orderquery', kind: 'hangup', times: 3 } };

/** What chance alone would hardly ever come to: a payer with an old ticket in hand who asks for another. */
const TICKETS_RUN_OUT: readonly Command[][] = [
  [ASKED, ALMOST_TWO_HOURS],
  [ASKED, ALMOST_TWO_HOURS, REFUSED, ASKED],
  [ASKED, ALMOST_TWO_HOURS, PAID, UNKNOWN, ASKED],
];

/** Always begins with an order, for without one nothing happens. */
export const sequenceOf = (atOnce: boolean): fc.Arbitrary<Command[]> => {
  const several = fc.record({ do: named('at once'), these: fc.array(single, { minLength: 2, maxLength: 3 }) });
  const command: fc.Arbitrary<Command> = atOnce
    ? fc.oneof({ weight: 12, arbitrary: single }, { weight: 1, arbitrary: several })
    : single;
  const beginning = fc.constantFrom<Command[]>([], [ASKED], [ASKED], [ASKED, PAID], ...TICKETS_RUN_OUT);
  return fc
    .tuple(create(), beginning, fc.array(command, { minLength: 2, maxLength: 14, size: 'max' }))
    .map(([first, second, then]) => [first, ...second, ...then]);
};
