import type { Persistence } from '../../../src/domain/persistence.ts';

/** What changes nothing. Whatever is not named is held for a write. */
const READS = /^(?:find\w*|page|list|due|size|endpoint|sessionKeyIds|(?:paid|refunded)Between)$/;

type Room = Exclude<keyof Persistence, 'callCounter' | 'ping' | 'close'>;

/** A storage in which steps of writing are counted, and which can be changed for another under those who use it. */
export class Stock {
  #writes = { rows: 0, answers: 0 };
  #current: Persistence;
  readonly persistence: Persistence;

  constructor(first: Persistence) {
    this.#current = first;
    this.persistence = {
      accounts: this.#counting('accounts'),
      sessions: this.#counting('sessions'),
      orders: this.#counting('orders'),
      events: this.#counting('events'),
      idempotency: this.#counting('idempotency'),
      reconciliations: this.#counting('reconciliations'),
      platformCertificates: this.#counting('platformCertificates'),
      webhooks: this.#counting('webhooks'),
      callCounter: (name) => this.#current.callCounter(name),
      ping: () => this.#current.ping(),
      close: () => this.#current.close(),
    };
  }

  /** How many steps of writing were begun since this was last asked: of rows, and of answers that are kept for a key. */
  take(): { readonly rows: number; readonly answers: number } {
    const writes = this.#writes;
    this.#writes = { rows: 0, answers: 0 };
    return writes;
  }

  replace(other: Persistence): void {
    this.#current = other;
  }

  #counting<Name extends Room>(name: Name): Persistence[Name] {
    return new Proxy({} as Persistence[Name], {
      get: (_target, method) => {
        if (typeof method === 'string' && !READS.test(method))
          this.#writes[name === 'idempotency' ? 'answers' : 'rows'] += 1;
        return boundTo(this.#current[name], method);
      },
    });
  }
}

/** Private fields ask for the object itself. */
export function boundTo(object: object, name: string | symbol): unknown {
  const value: unknown = Reflect.get(object, name);
  return typeof value === 'function' ? value.bind(object) : value;
}
