import type { Users } from '../users.ts';
import { Balances } from './balances.ts';
import { couponShares } from './refund-shares.ts';
import { type BankCard, type Refund, type RefundState, type RefundTerms, reserved } from './refund.ts';
import { serialNumber } from './serial-number.ts';
import { isPaid, type PaidTrade, type RefundNews, type Trade } from './trade.ts';

const MINUTE = 60_000;
const YEAR = 365 * 24 * 60 * MINUTE;
const MOST_REFUNDS = 50;

export type RefundDenial =
  | 'unpaid'
  | 'other terms'
  | 'overdue'
  | 'nothing left'
  | 'too much'
  | 'too many'
  | 'too soon'
  | 'payer gone'
  | 'no funds';

/** The truth about the merchant's refunds, whoever asked for them. */
export class MerchantRefunds {
  /** By how much the wait between two refunds of one order is multiplied. */
  compress = 1;
  readonly balances = new Balances();
  readonly #users: Users;
  readonly #byNumber = new Map<string, RefundNews>();
  readonly #byId = new Map<string, RefundNews>();

  constructor(users: Users) {
    this.#users = users;
  }

  /** The same terms again are the same refund. */
  ask(trade: Trade, terms: RefundTerms): (RefundNews & { isNew: boolean }) | RefundDenial {
    if (!isPaid(trade)) return 'unpaid';
    const known = this.#byNumber.get(terms.outRefundNo);
    if (known) return isSame(known, trade, terms) ? { ...known, isNew: false } : 'other terms';
    const denial = OBSTACLES.find(([, stands]) => stands(trade, terms, this)) ?? this.#obstacle(trade, terms);
    return denial ? denial[0] : { ...this.#add(trade, terms), isNew: true };
  }

  find(outRefundNo: string): RefundNews | undefined {
    return this.#byNumber.get(outRefundNo);
  }

  findById(refundId: string): RefundNews | undefined {
    return this.#byId.get(refundId);
  }

  /** Answers whether it could: the last word is not taken back. */
  settle(refund: Refund, state: RefundState): boolean {
    if (refund.state === 'SUCCESS' || refund.state === 'REFUNDCLOSE') return false;
    refund.state = state;
    if (state === 'SUCCESS') refund.succeededAt = new Date();
    if (state === 'REFUNDCLOSE') this.balances.add(refund.terms.account, refund.terms.amount);
    return true;
  }

  /** Answers whether it could: only what the bank would not take can be sent elsewhere. */
  sendTo(refund: Refund, card: BankCard): boolean {
    if (refund.state !== 'CHANGE') return false;
    refund.state = 'PROCESSING';
    refund.card = card;
    return true;
  }

  #obstacle(trade: PaidTrade, { account, amount }: RefundTerms): readonly [RefundDenial] | undefined {
    if (this.#users.withOpenid(trade.payment.openid)?.accountAbnormal) return ['payer gone'];
    return this.balances.covers(account, amount) ? undefined : ['no funds'];
  }

  #add(trade: PaidTrade, terms: RefundTerms): RefundNews {
    const requestedAt = new Date();
    const refund: Refund = {
      terms,
      refundId: serialNumber('50300', this.#byId.size + 1, requestedAt),
      coupons: couponShares(trade, terms.amount),
      requestedAt,
      state: 'PROCESSING',
      succeededAt: undefined,
      card: undefined,
    };
    this.balances.add(terms.account, -terms.amount);
    trade.refunds.push(refund);
    trade.state = 'REFUND';
    const news = { trade, refund };
    this.#byNumber.set(terms.outRefundNo, news);
    this.#byId.set(refund.refundId, news);
    return news;
  }
}

type Obstacle = (trade: PaidTrade, terms: RefundTerms, refunds: MerchantRefunds) => boolean;

const rest = ({ terms, refunds }: Trade): number => terms.total - reserved(refunds);

const OBSTACLES: readonly (readonly [RefundDenial, Obstacle])[] = [
  ['overdue', ({ payment }) => Date.now() - payment.at.getTime() > YEAR],
  ['nothing left', (trade) => rest(trade) === 0],
  ['too much', (trade, { amount }) => amount > rest(trade)],
  ['too many', ({ refunds }) => refunds.length >= MOST_REFUNDS],
  ['too soon', isTooSoon],
];

/** A person at the console is slow enough. */
function isTooSoon({ refunds }: Trade, { source }: RefundTerms, { compress }: MerchantRefunds): boolean {
  const last = refunds.at(-1)?.requestedAt.getTime();
  return source === 'API' && last !== undefined && Date.now() - last < MINUTE * compress;
}

const isSame = ({ trade, refund }: RefundNews, other: Trade, { amount }: RefundTerms): boolean =>
  trade === other && refund.terms.amount === amount;
