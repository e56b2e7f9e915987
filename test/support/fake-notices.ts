import { createHash } from 'node:crypto';
import type { NoticeReading, PaymentNotice, RawNotice, RefundNotice } from '../../src/domain/order/notice-reader.ts';
import type { NoticeSeal } from '../contracts/payment-gateway-harness.ts';

/** `weaker` is our key with another algorithm than the one agreed on. */
export type FakeSeal = NoticeSeal | 'weaker';

/** What a notice of the fake WeChat Pay says of a payment; the seal is over all of it. */
export type ToldPayment = Pick<PaymentNotice, 'outTradeNo' | 'transactionId' | 'result'>;

/** What it says of a refund. */
export interface ToldRefund {
  readonly outTradeNo: string;
  readonly outRefundNo: string;
  /** Null where such notices are not signed. */
  readonly signed: Omit<NonNullable<RefundNotice['signed']>, 'kept'> | null;
}

type Told = ToldPayment | ToldRefund;

export const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

const SEALS: Record<FakeSeal, string> = {
  right: 'our key',
  foreign: 'their key',
  weaker: 'our key, weakly',
  none: '',
};

const sealFor = (told: Told, seal: FakeSeal): string =>
  seal === 'none' ? '' : digest(SEALS[seal] + JSON.stringify(told));

export const fakeNotice = (told: Told, seal: FakeSeal = 'right'): RawNotice => ({
  headers: [['content-type', 'application/json']],
  body: Buffer.from(JSON.stringify({ told, seal: sealFor(told, seal) })),
});

export function readFakeNotice({ headers, body }: RawNotice): NoticeReading {
  const text = Buffer.from(body).toString();
  const parsed = parse(text);
  if (!parsed) return { kind: 'malformed', why: 'no JSON' };
  const { told, seal } = parsed;
  const kept = { headers, body: text };
  const isRight = seal === sealFor(told, 'right');
  if ('outRefundNo' in told)
    return isRight ? { kind: 'refund', notice: { ...told, signed: told.signed && { ...told.signed, kept } } } : FORGED;
  const notice = { ...told, kept } as PaymentNotice;
  if (isRight) return { kind: 'payment', notice };
  return seal === sealFor(told, 'weaker') ? { kind: 'downgraded', notice } : FORGED;
}

const FORGED: NoticeReading = { kind: 'forged', why: 'the seal does not fit' };

function parse(text: string): { readonly told: Told; readonly seal: string } | undefined {
  try {
    return JSON.parse(text, (name, value: unknown) =>
      typeof value === 'string' && /^(paid|succeeded)At$/.test(name) ? new Date(value) : value,
    ) as { told: Told; seal: string };
  } catch {
    return undefined;
  }
}
