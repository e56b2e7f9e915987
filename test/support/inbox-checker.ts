import type { Found } from './storm/findings.ts';
import type { Received } from './webhook-receiver.ts';

interface OrderData {
  readonly out_trade_no: string | null;
  readonly sequence: number;
}

/** What a receiver makes of what comes in: what it has said yes to, and everything that should not be. */
export class InboxChecker {
  readonly wrong: Found[] = [];
  duplicates = 0;
  posts = 0;
  /** What was said yes to, by its id. */
  readonly #heard = new Map<string, string>();
  readonly #last = new Map<string, number>();
  /** Under which id each thing came first, whatever was answered. */
  readonly #ids = new Map<string, string>();
  readonly #verify: (received: Received) => unknown;

  /** `verify` throws where the signature is not right. */
  constructor(verify: (received: Received) => unknown) {
    this.#verify = verify;
  }

  /** Every POST, whatever is answered; answers which order it is about. */
  sees(received: Received): string {
    this.posts += 1;
    const id = String(received.headers['webhook-id']);
    if (!this.#isBelievable(id, received) || this.#hasOtherId(id, received))
      this.wrong.push({ finding: 'webhook unbelievable', about: id });
    if (this.#heard.has(id)) this.duplicates += 1;
    const { order, sequence } = orderIn(received);
    const last = this.#last.get(order) ?? 0;
    if (sequence > last + 1) this.wrong.push({ finding: 'webhook out of order', about: id });
    return order;
  }

  saysYesTo(received: Received): void {
    const { order, sequence } = orderIn(received);
    this.#heard.set(String(received.headers['webhook-id']), received.body);
    this.#last.set(order, Math.max(sequence, this.#last.get(order) ?? 0));
  }

  get heard(): ReadonlySet<string> {
    return new Set(this.#heard.keys());
  }

  #hasOtherId(id: string, received: Received): boolean {
    const { order, sequence } = orderIn(received);
    const what = `${order} ${sequence}`;
    const first = this.#ids.get(what) ?? id;
    this.#ids.set(what, first);
    return sequence > 0 && first !== id;
  }

  #isBelievable(id: string, received: Received): boolean {
    try {
      this.#verify(received);
      return (this.#heard.get(id) ?? received.body) === received.body;
    } catch {
      return false;
    }
  }
}

/** What happened to no order of ours has no place in one. */
function orderIn({ body }: Received): { order: string; sequence: number } {
  const { data } = JSON.parse(body) as { data: OrderData };
  return { order: data.out_trade_no ?? 'none', sequence: data.sequence };
}
