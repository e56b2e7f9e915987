import { SECOND } from '../domain/clock.ts';
import { Outage } from '../domain/outage.ts';
import type { Persistence } from '../domain/persistence.ts';
import { SingleFlight } from './single-flight.ts';

const PATIENCE = 2 * SECOND;

/** Tells whether requests can be served: whether the storage answers, and soon. */
export class CheckReadiness {
  readonly #persistence: Pick<Persistence, 'ping'>;
  readonly #asked = new SingleFlight<'ping', void>();

  constructor({ persistence }: { readonly persistence: Pick<Persistence, 'ping'> }) {
    this.#persistence = persistence;
  }

  /** Many who ask at once are one question. */
  execute(): Promise<void> {
    return this.#asked.run('ping', () => this.#ask());
  }

  async #ask(): Promise<void> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Outage('storage-unavailable', 'The storage is slow.')), PATIENCE);
    try {
      await Promise.race([this.#persistence.ping(), late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}
