import type { Shelf } from '../shelf.ts';
import type { KeptAnswer, KeyedRequest } from './keyed-request.ts';

/** Keeps the requests that came with an Idempotency-Key, until nobody will repeat them. */
export interface IdempotencyRepository extends Shelf<KeyedRequest> {
  /**
   * Keeps a request whose id is new, and answers undefined.
   * Answers the request that is already kept under the id, unchanged.
   * Of many at once under one id, one is kept and the others are answered that one.
   */
  begin(request: KeyedRequest): Promise<KeyedRequest | undefined>;

  /**
   * Moves the lock of an unfinished request on and answers true.
   * Answers false, and moves nothing, when the lock is no longer the one that was read or the request is finished.
   * Of many at once over one lock, exactly one moves it.
   */
  relock(request: KeyedRequest, lockedUntil: Date): Promise<boolean>;

  /**
   * Keeps the answer, to be answered again.
   * Keeps no answer of whoever has lost the lock.
   */
  finish(request: KeyedRequest, answer: KeptAnswer): Promise<void>;

  /** Removes at most `limit` requests that were begun before that time, and answers how many. */
  removeOlderThan(time: Date, limit: number): Promise<number>;
}
