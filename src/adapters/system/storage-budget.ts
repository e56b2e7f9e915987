import { AsyncLocalStorage } from 'node:async_hooks';
import { Outage } from '../../domain/outage.ts';
import type { Persistence } from '../../domain/persistence.ts';

interface Purse {
  /** What is left of the time that this request may spend on the storage, in milliseconds. */
  left: number;
}

/**
 * Each storage gives every step of its own an end; a request takes several steps, and this gives them one end together.
 * What is given up on may still happen, as with any answer that does not come.
 */
export class StorageBudget {
  readonly #each: number;
  readonly #purses = new AsyncLocalStorage<Purse>();

  constructor(milliseconds: number) {
    this.#each = milliseconds;
  }

  /** Work that may wait for the storage so long in all. Work outside of any may wait as long as the storage lets it. */
  run<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#purses.run({ left: this.#each }, work);
  }

  over(persistence: Persistence): Persistence {
    return {
      ...persistence,
      accounts: this.#guard(persistence.accounts),
      sessions: this.#guard(persistence.sessions),
      orders: this.#guard(persistence.orders),
      events: this.#guard(persistence.events),
      idempotency: this.#guard(persistence.idempotency),
      reconciliations: this.#guard(persistence.reconciliations),
      platformCertificates: this.#guard(persistence.platformCertificates),
      webhooks: this.#guard(persistence.webhooks),
      callCounter: (name) => this.#guard(persistence.callCounter(name)),
    };
  }

  #guard<Room extends object>(room: Room): Room {
    return new Proxy(room, {
      get: (_target, name) => {
        const method: unknown = Reflect.get(room, name, room);
        if (typeof method !== 'function') return method;
        return (...given: unknown[]) => this.#spend(() => method.apply(room, given) as Promise<unknown>);
      },
    });
  }

  async #spend<Result>(step: () => Promise<Result>): Promise<Result> {
    const purse = this.#purses.getStore();
    if (!purse) return step();
    const began = performance.now();
    const spent = Promise.withResolvers<never>();
    const timer = setTimeout(() => spent.reject(tooSlow()), Math.max(0, purse.left));
    try {
      return await Promise.race([step(), spent.promise]);
    } finally {
      clearTimeout(timer);
      purse.left -= performance.now() - began;
    }
  }
}

const tooSlow = (): Outage => new Outage('storage-unavailable', 'The storage is too slow at the moment.');
