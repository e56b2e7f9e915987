import { randomBytes } from 'node:crypto';
import { compactTime } from '../../adapters/wechat/protocol/compact-time.ts';
import type { Coupon } from './coupon.ts';
import { serialNumber } from './serial-number.ts';
import { isPaid, type PaidTrade, type Payment, type Terms, type Trade } from './trade.ts';

const PREPAY_LIFETIME = 2 * 60 * 60_000;

export type Denial = 'paid' | 'closed' | 'other terms';

interface Prepay {
  readonly trade: Trade;
  readonly expiresAt: number;
}

/** The truth about the merchant's trades, whichever version of the API they came by. */
export class MerchantOrders {
  readonly #trades = new Map<string, Trade>();
  readonly #byTransaction = new Map<string, Trade>();
  readonly #prepays = new Map<string, Prepay>();

  /** Identical terms are the same order with a fresh prepay id. */
  place(terms: Terms): { prepayId: string } | Denial {
    const known = this.find(terms.outTradeNo);
    if (!known) return { prepayId: this.#prepay(this.#add(terms, new Date())) };
    const denial = denialOf(known);
    if (denial) return denial;
    return known.terms.fingerprint === terms.fingerprint ? { prepayId: this.#prepay(known) } : 'other terms';
  }

  find(outTradeNo: string): Trade | undefined {
    return settled(this.#trades.get(outTradeNo));
  }

  findByTransaction(transactionId: string): Trade | undefined {
    return this.#byTransaction.get(transactionId);
  }

  /** The trade that a prepay id is good for, and whether it still is. */
  findByPrepay(prepayId: string): { trade: Trade; lives: boolean } | undefined {
    const prepay = this.#prepays.get(prepayId);
    return prepay && { trade: settled(prepay.trade), lives: Date.now() < prepay.expiresAt };
  }

  /** In the order of their creation. */
  all(): Trade[] {
    return Array.from(this.#trades.values(), (trade) => settled(trade));
  }

  pay(trade: Trade, coupons: readonly Coupon[]): Payment | Denial {
    const denial = denialOf(settled(trade));
    if (denial) return denial;
    return this.#payAt(trade, new Date(), coupons);
  }

  /** A trade that somebody else has placed, paid at that time; undefined when the number is taken. */
  addPaid(terms: Terms, at: Date, coupons: readonly Coupon[]): Trade | undefined {
    if (this.#trades.has(terms.outTradeNo)) return undefined;
    const trade = this.#add(terms, at);
    this.#payAt(trade, at, coupons);
    return trade;
  }

  /** In the order of their payments. */
  *paid(): Generator<PaidTrade> {
    for (const trade of this.#byTransaction.values()) if (isPaid(trade)) yield trade;
  }

  /** The bank refuses: the trade can still be paid another way. */
  fail(trade: Trade): Denial | undefined {
    const denial = denialOf(settled(trade));
    if (!denial) trade.state = 'PAYERROR';
    return denial;
  }

  close(trade: Trade): Denial | undefined {
    const denial = denialOf(settled(trade));
    if (!denial) shut(trade, new Date());
    return denial;
  }

  #payAt(trade: Trade, at: Date, coupons: readonly Coupon[]): Payment {
    // 28 digits.
    const transactionId = serialNumber('4200', this.#byTransaction.size + 1, at);
    const payment = { transactionId, at, coupons };
    trade.payment = payment;
    trade.state = 'SUCCESS';
    this.#byTransaction.set(transactionId, trade);
    return payment;
  }

  #add(terms: Terms, createdAt: Date): Trade {
    const trade: Trade = {
      terms,
      createdAt,
      state: 'NOTPAY',
      payment: undefined,
      closedAt: undefined,
      refunds: [],
      prepayCount: 0,
      queries: 0,
    };
    this.#trades.set(terms.outTradeNo, trade);
    return trade;
  }

  #prepay(trade: Trade): string {
    const prepayId = `wx${compactTime(new Date())}${randomBytes(10).toString('hex')}`;
    this.#prepays.set(prepayId, { trade, expiresAt: Date.now() + PREPAY_LIFETIME });
    trade.prepayCount += 1;
    return prepayId;
  }
}

function denialOf({ state }: Trade): Denial | undefined {
  if (state === 'SUCCESS' || state === 'REFUND') return 'paid';
  return state === 'CLOSED' ? 'closed' : undefined;
}

/** A trade whose time is over is closed, from that time on, as soon as somebody looks. */
function settled<Found extends Trade | undefined>(trade: Found): Found {
  if (trade && !denialOf(trade) && Date.now() >= trade.terms.expiresAt.getTime()) shut(trade, trade.terms.expiresAt);
  return trade;
}

function shut(trade: Trade, at: Date): void {
  trade.state = 'CLOSED';
  trade.closedAt = at;
}
