import type { PayApi } from '../../src/domain/order/pay-api.ts';

/** A field of a well-signed notice that is not what was agreed on, and what has to be told of it. */
export interface WrongField {
  readonly name: string;
  /** Undefined for one that is missing. */
  readonly value: string | number | object | null | undefined;
  readonly kind: string;
  /** Which order it is told of, if not the one that was paid. */
  readonly about?: string;
}

/** Each field that counts, of a coffee for 888 fen: lower, higher, missing, ill-typed, and as of another order. */
export const wrongFields = (anotherNumber: string, anotherOpenid: string): Record<PayApi, WrongField[]> => ({
  v2: [
    ...all('total_fee', 'amount-mismatch', ['887', '889', '1', '88800', '999']),
    ...all('total_fee', 'unreadable-notice', [undefined, '', '8.88', '-888', '0888', '888 ', '8e2', 'NaN', '0x378']),
    ...all('fee_type', 'currency-mismatch', ['USD', 'cny', 'HKD']),
    ...all('mch_id', 'mchid-mismatch', ['1230000108', '1230000110', 'x']),
    ...all('mch_id', 'unreadable-notice', [undefined, '']),
    ...all('openid', 'payer-mismatch', [anotherOpenid, 'x']),
    ...all('time_end', 'unreadable-notice', [undefined, '', '2026', '20261322123000', 'soon']),
    ...all('result_code', 'unreadable-notice', [undefined, '', 'success', 'YES']),
    ...inEither(anotherNumber),
  ],
  v3: [
    ...all('amount.total', 'amount-mismatch', [887, 889, 1, 88_800, 999]),
    ...all('amount.total', 'unreadable-notice', [undefined, null, '888', '', 8.88, -888, [888], { total: 888 }]),
    ...all('amount', 'unreadable-notice', [undefined, null, 888, [888]]),
    ...all('amount.currency', 'currency-mismatch', ['USD', 'cny', 'HKD']),
    ...all('mchid', 'mchid-mismatch', ['1230000108', '1230000110', 'x']),
    ...all('mchid', 'unreadable-notice', [undefined, '', 1_230_000_109]),
    ...all('payer.openid', 'payer-mismatch', [anotherOpenid, 'x']),
    ...all('success_time', 'unreadable-notice', [undefined, '', '2026', '20261122123000', 'soon']),
    ...all('success_time', 'unreadable-notice', ['2026-13-22T12:30:00+08:00', 1_795_000_000]),
    ...all('trade_state', 'unreadable-notice', [undefined, '', 'success', 1]),
    ...inEither(anotherNumber),
  ],
});

const all = (name: string, kind: string, values: readonly WrongField['value'][]): WrongField[] =>
  values.map((value) => ({ name, value, kind }));

const inEither = (anotherNumber: string): WrongField[] => [
  ...all('appid', 'appid-mismatch', ['wx4f4bc4dec97d474a', 'wx4f4bc4dec97d474c', 'x']),
  ...all('appid', 'unreadable-notice', [undefined, '']),
  ...all('transaction_id', 'unreadable-notice', [undefined, '', '1', 'x'.repeat(28), '1'.repeat(33)]),
  { name: 'out_trade_no', value: anotherNumber, kind: 'amount-mismatch', about: anotherNumber },
  { name: 'out_trade_no', value: 'nobodysorder1', kind: 'unknown-order', about: 'nobodysorder1' },
  // One payment of nobody's order is told of once, whatever else is said of it.
  { name: 'out_trade_no', value: undefined, kind: 'unknown-order', about: 'nobodysorder1' },
];
