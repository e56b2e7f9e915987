import type { EventLog, LoggedEvent } from '../domain/order/event-log.ts';

/** Answers the events behind a place in the log, in the order in which they were written. */
export class ReadEvents {
  readonly #events: EventLog;

  constructor({ events }: { readonly events: EventLog }) {
    this.#events = events;
  }

  execute(after: string, limit: number): Promise<LoggedEvent[]> {
    return this.#events.page(after, limit);
  }
}
