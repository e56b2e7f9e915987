import type { Account } from '../../../src/domain/account/account.ts';
import type { LoggedEvent } from '../../../src/domain/order/event-log.ts';
import type { Order, OrderState } from '../../../src/domain/order/order.ts';
import type { Found } from './findings.ts';

/** What the outside was told, and so has a right to. */
export interface History {
  /** Orders that a merchant was told are made, by the key of the request where it had one. */
  readonly made: readonly { readonly outTradeNo: string; readonly total: number; readonly key: string | undefined }[];
  /** Orders that a merchant was told are closed. */
  readonly closed: readonly string[];
  /** Notices that were answered SUCCESS, and when, in the servers' time. */
  readonly acknowledged: readonly { readonly outTradeNo: string; readonly at: number }[];
  /** Refunds that a merchant was told are on their way, with the mark of the wish, which is their reason. */
  readonly refunded: readonly ToldRefund[];
  /** In which state somebody saw an order, one after the other. */
  readonly seen: readonly { readonly outTradeNo: string; readonly state: OrderState }[];
  readonly logins: readonly ToldLogin[];
  /** The name that a user was told to have by now, and those that were asked for after it. */
  readonly names: ReadonlyMap<string, { readonly told: string | null; readonly tried: readonly string[] }>;
  /** Users whose token was refused though it was theirs. */
  readonly refused: readonly string[];
  /** What the harness saw happen that must never: forgeries taken, notices never taken. */
  readonly witnessed: readonly Found[];
}

type Writable<Part> = Part extends readonly (infer Item)[]
  ? Item[]
  : Part extends ReadonlyMap<infer Key, infer Value>
    ? Map<Key, Value>
    : never;

/** A history that is being written. */
export type OpenHistory = { readonly [Part in keyof History]: Writable<History[Part]> };

export const newHistory = (): OpenHistory => ({
  made: [],
  closed: [],
  acknowledged: [],
  refunded: [],
  seen: [],
  logins: [],
  names: new Map(),
  refused: [],
  witnessed: [],
});

export interface ToldRefund {
  readonly outTradeNo: string;
  readonly outRefundNo: string;
  readonly amount: number;
  readonly mark: string;
}

/** A token that a user was given. */
export interface ToldLogin {
  readonly token: string;
  readonly openid: string;
}

/** One trade as WeChat has it: the truth. */
export interface TrueTrade {
  readonly out_trade_no: string;
  readonly total_fee: number;
  readonly openid: string;
  readonly trade_state: string;
  readonly transaction_id?: string;
  readonly refunded_total: number;
  readonly refunds: readonly TrueRefund[];
}

interface TrueRefund {
  readonly out_refund_no: string;
  readonly refund_id: string;
  readonly amount: number;
  readonly state: string;
}

/** What we have in the end. */
export interface Kept {
  readonly orders: readonly Order[];
  readonly log: readonly LoggedEvent[];
  readonly accounts: readonly Account[];
}

/** What a merchant has heard, by both ways. */
export interface Heard {
  /** The ids that the receiver of webhooks has said yes to; undefined where there is none. */
  readonly told: ReadonlySet<string> | undefined;
  /** The ids that who reads the log has read, in that order; undefined where nobody does. */
  readonly read: readonly string[] | undefined;
  /** What the receiver did not like. */
  readonly wrong: readonly Found[];
}

/** Of a merchant who has no receiver and does not read the log. */
export const HEARD_NOTHING: Heard = { told: undefined, read: undefined, wrong: [] };

/** Who a token belongs to by now, as the server says; null where it does not know it any more. */
export interface Me {
  readonly login: ToldLogin;
  readonly account: { readonly openid: string; readonly nickName: string | null } | null;
}

/** All that a checker compares. */
export interface World {
  readonly history: History;
  readonly trades: readonly TrueTrade[];
  readonly kept: Kept;
  readonly heard: Heard;
  readonly users: readonly Me[];
  /** Secrets that were found where none may be. */
  readonly leaks: readonly string[];
  /** The servers' time. */
  readonly now: number;
}
