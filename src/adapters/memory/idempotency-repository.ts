import type { IdempotencyRepository } from '../../domain/idempotency/idempotency-repository.ts';
import type { KeptAnswer, KeyedRequest } from '../../domain/idempotency/keyed-request.ts';
import { pageOf } from './page-of.ts';

/** Requests in a Map. Nothing awaits between a look and a write, so every step is atomic. */
export class MemoryIdempotencyRepository implements IdempotencyRepository {
  readonly #requests = new Map<string, KeyedRequest>();

  async begin(request: KeyedRequest): Promise<KeyedRequest | undefined> {
    const kept = this.#requests.get(request.id);
    if (kept) return structuredClone(kept);
    this.#keep(request);
    return undefined;
  }

  async relock(request: KeyedRequest, lockedUntil: Date): Promise<boolean> {
    const kept = this.#heldBy(request);
    if (!kept || kept.answer) return false;
    this.#keep({ ...kept, lockedUntil });
    return true;
  }

  async finish(request: KeyedRequest, answer: KeptAnswer): Promise<void> {
    const kept = this.#heldBy(request);
    if (kept) this.#keep({ ...kept, answer });
  }

  async removeOlderThan(time: Date, limit: number): Promise<number> {
    const old = [...this.#requests.values()].filter(({ createdAt }) => createdAt < time).slice(0, limit);
    old.forEach(({ id }) => this.#requests.delete(id));
    return old.length;
  }

  async page(after: string, limit: number): Promise<KeyedRequest[]> {
    return structuredClone(pageOf(this.#requests, after, limit));
  }

  async restore(requests: readonly KeyedRequest[]): Promise<void> {
    for (const request of requests) this.#keep(request);
  }

  async size(): Promise<number> {
    return this.#requests.size;
  }

  /** What is kept of it, as long as the lock is the one that was read. */
  #heldBy({ id, lockedUntil }: KeyedRequest): KeyedRequest | undefined {
    const kept = this.#requests.get(id);
    return kept?.lockedUntil.getTime() === lockedUntil.getTime() ? kept : undefined;
  }

  #keep(request: KeyedRequest): void {
    this.#requests.set(request.id, structuredClone(request));
  }
}
