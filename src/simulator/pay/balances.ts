import type { RefundAccount } from './refund.ts';

/** What the merchant has to pay refunds from: as much as is needed, unless it was said how much. */
export class Balances {
  readonly #known = new Map<RefundAccount, number>();

  /** Undefined is as much as is needed. */
  set(account: RefundAccount, fen: number | undefined): void {
    if (fen === undefined) this.#known.delete(account);
    else this.#known.set(account, fen);
  }

  covers(account: RefundAccount, fen: number): boolean {
    return fen <= (this.#known.get(account) ?? Number.POSITIVE_INFINITY);
  }

  add(account: RefundAccount, fen: number): void {
    const known = this.#known.get(account);
    if (known !== undefined) this.#known.set(account, known + fen);
  }
}
