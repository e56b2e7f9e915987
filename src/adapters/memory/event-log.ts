import { type EventLog, type LoggedEvent, placeInLog } from '../../domain/order/event-log.ts';
import type { OrderEvent } from '../../domain/order/order-event.ts';

/** Events in a Map by their places. */
export class MemoryEventLog implements EventLog {
  readonly #events = new Map<string, LoggedEvent>();
  /** In their order: whoever asks for what comes next, which is all the time, need not look through everything. */
  readonly #places: string[] = [];
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
    const from = firstBehind(this.#places, after);
    return structuredClone(this.#places.slice(from, from + limit).map((place) => this.#events.get(place)!));
  }

  async restore(events: readonly LoggedEvent[]): Promise<void> {
    for (const event of events) this.#keep(event);
  }

  async size(): Promise<number> {
    return this.#events.size;
  }

  #keep(logged: LoggedEvent): void {
    if (!this.#events.has(logged.id)) this.#places.splice(firstBehind(this.#places, logged.id), 0, logged.id);
    this.#events.set(logged.id, structuredClone(logged));
    this.#known.add(logged.event.id);
    this.#last = Math.max(this.#last, Number(logged.id));
  }
}

/** Where the first of the sorted places is that lies behind the given one. */
function firstBehind(places: readonly string[], place: string): number {
  let [from, to] = [0, places.length];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (places[middle]! > place) to = middle;
    else from = middle + 1;
  }
  return from;
}
