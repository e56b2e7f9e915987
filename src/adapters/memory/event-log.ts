import { type EventLog, type LoggedEvent, placeInLog } from '../../domain/order/event-log.ts';
import type { OrderEvent } from '../../domain/order/order-event.ts';
import { pageOf } from './page-of.ts';

/** Events in a Map by their places. */
export class MemoryEventLog implements EventLog {
  readonly #events = new Map<string, LoggedEvent>();
  readonly #known = new Set<string>();
  #last = 0;

  /** Writes the events of an order at once: nobody sees one without the others. */
  append(events: readonly OrderEvent[]): void {
    for (const event of events) this.#keep({ id: placeInLog(this.#last + 1), event });
  }

  async note(event: OrderEvent): Promise<void> {
    if (!this.#known.has(event.id)) this.append([event]);
  }

  async page(after: string, limit: number): Promise<LoggedEvent[]> {
    return structuredClone(pageOf(this.#events, after, limit));
  }

  async restore(events: readonly LoggedEvent[]): Promise<void> {
    for (const event of events) this.#keep(event);
  }

  async size(): Promise<number> {
    return this.#events.size;
  }

  #keep(logged: LoggedEvent): void {
    this.#events.set(logged.id, structuredClone(logged));
    this.#known.add(logged.event.id);
    this.#last = Math.max(this.#last, Number(logged.id));
  }
}
