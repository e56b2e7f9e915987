import { randomBytes, randomInt } from 'node:crypto';
import { compactTime } from '../../adapters/wechat/protocol/compact-time.ts';
import type { Coupon } from './coupon.ts';
import { serialNumber } from './serial-number.ts';
import { isPaid, type PaidTrade, type Payment, type Terms, type Trade } from './trade.ts';

const MINUTE = 60_000;
const PREPAY_LIFETIME = 120 * MINUTE;
const H5_LIFETIME = 5 * MINUTE;

export type Denial = 'paid' | 'closed' | 'other terms';

/** What a payer is sent to WeChat with. The one that is needed depends on where the trade is paid. */
export interface Ticket {
  readonly prepayId: string;
  readonly codeUrl: string;
  readonly h5Url: string;
}

export type PassKind = 'prepay_id' | 'code_url' | 'h5_url';

interface Pass {
  readonly trade: Trade;
  readonly expiresAt: number;
}

/** The truth about the merchant's trades, whichever version of the API they came by. */
export class MerchantOrders {
  readonly #trades = new Map<string, Trade>();
  readonly #byTransaction = new Map<string, Trade>();
  readonly #passes = new Map<string, Pass>();

  /** Identical terms are the same order with a fresh ticket. */
  place(terms: Terms): Ticket | Denial {
    const known = this.find(terms.outTradeNo);
    if (!known) return this.#issue(this.#add(terms, new Date()));
    const denial = denialOf(known);
    if (denial) return denial;
    return known.terms.fingerprint === terms.fingerprint ? this.#issue(known) : 'other terms';
  }

  find(outTradeNo: string): Trade | undefined {
    return settled(this.#trades.get(outTradeNo));
  }

  findByTransaction(transactionId: string): Trade | undefined {
    return this.#byTransaction.get(transactionId);
  }

  /** The trade that a prepay id, a code or an address is good for, and whether it still is. */
  findByPass(kind: PassKind, text: string): { trade: Trade; lives: boolean } | undefined {
    const pass = this.#passes.get(`${kind} ${text}`);
    return pass && { trade: settled(pass.trade), lives: Date.now() < pass.expiresAt };
  }

  /** In the order of their creation. */
  all(): Trade[] {
    return Array.from(this.#trades.values(), (trade) => settled(trade));
  }

  pay(trade: Trade, openid: string, coupons: readonly Coupon[]): Payment | Denial {
    const denial = denialOf(settled(trade));
    if (denial) return denial;
    return this.#payAt(trade, new Date(), openid, coupons);
  }

  /** A trade that somebody else has placed, paid at that time; undefined when the number is taken. */
  addPaid(terms: Terms, at: Date, coupons: readonly Coupon[]): Trade | undefined {
    if (this.#trades.has(terms.outTradeNo)) return undefined;
    const trade = this.#add(terms, at);
    this.#payAt(trade, at, terms.openid, coupons);
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

  #payAt(trade: Trade, at: Date, openid: string, coupons: readonly Coupon[]): Payment {
    // 28 digits.
    const transactionId = serialNumber('4200', this.#byTransaction.size + 1, at);
    const payment = { transactionId, openid, at, coupons };
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

  #issue(trade: Trade): Ticket {
    const prepayId = `wx${compactTime(new Date())}${randomBytes(10).toString('hex')}`;
    const { tradeType } = trade.terms;
    const codeUrl = `weixin://wxpay/bizpayurl?pr=${randomBytes(9).toString('base64url')}`;
    const h5Url = `${H5_PAGE}?prepay_id=${prepayId}&package=${randomInt(1e9, 2e9)}`;
    const expiresAt = Date.now() + PREPAY_LIFETIME;
    if (tradeType === 'NATIVE') this.#passes.set(`code_url ${codeUrl}`, { trade, expiresAt });
    else if (tradeType === 'MWEB') this.#passes.set(`h5_url ${h5Url}`, { trade, expiresAt: Date.now() + H5_LIFETIME });
    else this.#passes.set(`prepay_id ${prepayId}`, { trade, expiresAt });
    trade.prepayCount += 1;
    return { prepayId, codeUrl, h5Url };
  }
}

const H5_PAGE = 'https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb';

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
