import type { Delivery, WebhookId } from '../../domain/webhook/delivery.ts';
import type { DeliveryQuery, Endpoint, WebhookRepository } from '../../domain/webhook/webhook-repository.ts';
import { pageOf } from './page-of.ts';

/** Deliveries in a Map. Nothing awaits between a look and a write, so every step is atomic. */
export class MemoryWebhookRepository implements WebhookRepository {
  readonly #deliveries = new Map<WebhookId, Delivery>();
  /** Those that wait, by their orders and in their order: most of what was told is long over. */
  readonly #waiting = new Map<string, WebhookId[]>();
  #endpoint: Endpoint = { cursor: '', disabledAt: null };

  async endpoint(): Promise<Endpoint> {
    return { ...this.#endpoint };
  }

  async setDisabled(disabledAt: Date | null): Promise<void> {
    this.#endpoint = { ...this.#endpoint, disabledAt };
  }

  async takeUp(deliveries: readonly Delivery[], cursor: string): Promise<void> {
    for (const delivery of deliveries) if (!this.#deliveries.has(delivery.id)) this.#takeUpBehind(delivery);
    if (cursor > this.#endpoint.cursor) this.#endpoint = { ...this.#endpoint, cursor };
  }

  async due(now: Date, limit: number): Promise<Delivery[]> {
    const firsts: Delivery[] = [];
    for (const [id] of this.#waiting.values()) {
      const delivery = this.#deliveries.get(id!);
      if (delivery && delivery.dueAt <= now) putInPlace(delivery, firsts, limit);
    }
    return structuredClone(firsts);
  }

  async claim(delivery: Delivery, until: Date): Promise<Delivery | undefined> {
    return this.#keepNext({ ...delivery, dueAt: until });
  }

  async save(delivery: Delivery): Promise<Delivery | undefined> {
    const saved = this.#keepNext(delivery);
    if (saved) for (const other of this.#behind(saved)) this.#keep({ ...other, dueAt: saved.dueAt });
    return saved;
  }

  async find(id: WebhookId): Promise<Delivery | undefined> {
    return structuredClone(this.#deliveries.get(id));
  }

  async list({ state, limit, after = '' }: DeliveryQuery): Promise<Delivery[]> {
    const behind = pageOf(this.#deliveries, after, Infinity);
    return structuredClone(behind.filter((one) => state === undefined || one.state === state).slice(0, limit));
  }

  async page(after: string, limit: number): Promise<Delivery[]> {
    return structuredClone(pageOf(this.#deliveries, after, limit));
  }

  async restore(deliveries: readonly Delivery[]): Promise<void> {
    for (const delivery of deliveries) this.#keep(delivery);
  }

  async size(): Promise<number> {
    return this.#deliveries.size;
  }

  #takeUpBehind(delivery: Delivery): void {
    const last = this.#waiting.get(delivery.orderId)?.at(-1);
    const dueAt = (last && this.#deliveries.get(last)?.dueAt) ?? delivery.dueAt;
    this.#keep({ ...delivery, dueAt });
  }

  #behind({ orderId, id }: Delivery): Delivery[] {
    const waiting = this.#waiting.get(orderId) ?? [];
    return waiting.flatMap((other) => (other > id ? (this.#deliveries.get(other) ?? []) : []));
  }

  #keepNext(delivery: Delivery): Delivery | undefined {
    if (this.#deliveries.get(delivery.id)?.version !== delivery.version) return undefined;
    const next = { ...delivery, version: delivery.version + 1 };
    this.#keep(next);
    return next;
  }

  #keep(delivery: Delivery): void {
    const { id, orderId, state } = delivery;
    this.#deliveries.set(id, structuredClone(delivery));
    const others = (this.#waiting.get(orderId) ?? []).filter((other) => other !== id);
    const waiting = state === 'waiting' ? [...others, id].toSorted() : others;
    if (waiting.length > 0) this.#waiting.set(orderId, waiting);
    else this.#waiting.delete(orderId);
  }
}

const longestFirst = (one: Delivery, other: Delivery): number =>
  one.dueAt.getTime() - other.dueAt.getTime() || (one.id < other.id ? -1 : 1);

/** Of many that wait only a few are wanted: the others are not put in order. */
function putInPlace(delivery: Delivery, firsts: Delivery[], limit: number): void {
  const last = firsts.at(-1);
  if (last && firsts.length === limit && longestFirst(last, delivery) < 0) return;
  const behind = firsts.findIndex((other) => longestFirst(delivery, other) < 0);
  firsts.splice(behind < 0 ? firsts.length : behind, 0, delivery);
  firsts.splice(limit);
}
