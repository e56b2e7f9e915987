import { randomBytes, randomInt } from 'node:crypto';
import { compactTime } from '../../adapters/wechat/protocol/compact-time.ts';
import type { Coupon, Payment, Terms, Trade } from './trade.ts';

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
    if (!known) return { prepayId: this.#prepay(this.#add(terms)) };
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
    const at = new Date();
    const payment = { transactionId: this.#transactionId(at), at, coupons };
    trade.payment = payment;
    trade.state = 'SUCCESS';
    this.#byTransaction.set(payment.transactionId, trade);
    return payment;
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

  #add(terms: Terms): Trade {
    const trade: Trade = {
      terms,
      createdAt: new Date(),
      state: 'NOTPAY',
      payment: undefined,
      closedAt: undefined,
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

  /** 28 digits, never the same twice. */
  #transactionId(at: Date): string {
    const serial = String(this.#byTransaction.size + 1).padStart(8, '0');
    return `4200${String(randomInt(1e8)).padStart(8, '0')}${compactTime(at).slice(0, 8)}${serial}`;
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
