import type { Brand } from '../brand.ts';
import { DAY, HOUR, later, MINUTE, SECOND } from '../clock.ts';
import type { IdSource } from '../id-source.ts';
import type { Fen } from './fen.ts';
import { RefundNotFound } from './order-refusals.ts';

/** The merchant's number of a refund (商户退款单号). The same again, however often, is the same refund. */
export type OutRefundNo = Brand<string, 'OutRefundNo'>;

export const OUT_REFUND_NO_SHAPE = /^[0-9A-Za-z_\-|*@]{1,64}$/;

/** Checks the shape, so that what cannot be a number is never looked for. */
export function outRefundNo(text: string): OutRefundNo {
  if (!OUT_REFUND_NO_SHAPE.test(text)) throw new RefundNotFound();
  return text as OutRefundNo;
}

/** A number of our own making. */
export const newOutRefundNo = (ids: IdSource): OutRefundNo => outRefundNo(ids.next().replaceAll('-', '').slice(0, 64));

/** Who wanted it. */
export type RefundOrigin =
  | 'merchant'
  /** Money came for an order that was closed, and LATE_PAYMENT sends it back. */
  | 'late-payment'
  /** It was made at WeChat Pay's own console and found there. */
  | 'outside';

interface Kept {
  readonly id: OutRefundNo;
  readonly amount: Fen;
  /** For the payer to read; at most 80 bytes. */
  readonly reason: string | null;
  readonly origin: RefundOrigin;
  readonly createdAt: Date;
  /** The request that made it, where it came with an Idempotency-Key. */
  readonly requestId: string | null;
  /** WeChat's number of it (微信退款单号), once there is one. */
  readonly refundId: string | null;
  /** When it was last put to WeChat. */
  readonly askedAt: Date | null;
  /** When WeChat is to be asked next; null when there is nothing left to ask. */
  readonly dueAt: Date | null;
  /** How often it was looked at since it came into its state. */
  readonly looks: number;
  /** WeChat's code for why it is not further than it is, for a person to act on. */
  readonly trouble: string | null;
}

/** Written down, with its number, before WeChat is asked. */
export interface RequestedRefund extends Kept {
  readonly state: 'requested';
}

/** WeChat took it on; the money is on its way. */
export interface ProcessingRefund extends Kept {
  readonly state: 'processing';
}

export interface SucceededRefund extends Kept {
  readonly state: 'succeeded';
  readonly succeededAt: Date;
}

/** It came to nothing: its amount may be refunded again. */
export interface ClosedRefund extends Kept {
  readonly state: 'closed';
  readonly closedAt: Date;
}

/** The money cannot get where it should, and a person has to act: at WeChat Pay's console, if WeChat took it on. */
export interface AbnormalRefund extends Kept {
  readonly state: 'abnormal';
}

export type Refund = RequestedRefund | ProcessingRefund | SucceededRefund | ClosedRefund | AbnormalRefund;
export type RefundState = Refund['state'];

export const REFUND_STATES = [
  'requested',
  'processing',
  'succeeded',
  'closed',
  'abnormal',
] as const satisfies readonly RefundState[];

/** Those that WeChat has not said the last word about. */
export type OpenRefund = RequestedRefund | ProcessingRefund | AbnormalRefund;

export const isOpenRefund = (refund: Refund): refund is OpenRefund =>
  refund.state !== 'succeeded' && refund.state !== 'closed';

/** What is reserved or gone: everything but what came to nothing. */
export const reservedTotal = (refunds: readonly Refund[]): number =>
  refunds.filter(({ state }) => state !== 'closed').reduce((sum, { amount }) => sum + amount, 0);

export const refundedTotal = (refunds: readonly Refund[]): number =>
  refunds.filter(({ state }) => state === 'succeeded').reduce((sum, { amount }) => sum + amount, 0);

/** WeChat takes no two refunds of one order within a minute. */
export const BETWEEN_REFUNDS = MINUTE;
export const MOST_REFUNDS = 50;

const PACES = {
  requested: [5 * SECOND, 30 * SECOND, 5 * MINUTE, HOUR],
  processing: [MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, DAY],
  abnormal: [HOUR, DAY],
} as const satisfies Partial<Record<RefundState, readonly number[]>>;

const LONGEST_WATCH = 30 * DAY;

type Watched = Pick<Refund, 'state' | 'refundId' | 'askedAt' | 'createdAt'>;

/**
 * When to look next at a refund that has been looked at so often. With one that it took on, WeChat is left alone a month
 * after it was asked; of one that it did not, there is always something left to ask.
 */
export function nextLookAtRefund({ state, refundId, askedAt, createdAt }: Watched, looks: number, now: Date) {
  if (state === 'succeeded' || state === 'closed') return null;
  if (refundId !== null && now > later(askedAt ?? createdAt, LONGEST_WATCH)) return null;
  const pace: readonly number[] = PACES[state];
  return later(now, pace[Math.min(looks, pace.length - 1)] ?? DAY);
}

/**
 * WeChat cannot do it and did not take it on. What it still does not know a day later came to nothing; before, it may not
 * have heard yet of what it will have in a moment.
 */
export const isGivenUp = (refund: Refund, now: Date): refund is AbnormalRefund =>
  refund.state === 'abnormal' && refund.refundId === null && now >= later(refund.askedAt ?? refund.createdAt, DAY);
