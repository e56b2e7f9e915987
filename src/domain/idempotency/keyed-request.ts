import { later, MINUTE } from '../clock.ts';
import { Refusal } from '../refusal.ts';

/** What was answered, to be answered again. */
export interface KeptAnswer {
  readonly status: number;
  readonly body: string;
}

/** A request that came with an Idempotency-Key. */
export interface KeyedRequest {
  /** Made of who asked, for what, and the key. */
  readonly id: string;
  /** Of the body: the same key with another body is another request, and a mistake. */
  readonly digest: string;
  /** The name that a new thing gets, chosen before it is made, so that the same request makes the same thing. */
  readonly subject: string;
  readonly createdAt: Date;
  /** Until then whoever took it works on it; later somebody else may go on. It also tells one worker from the next. */
  readonly lockedUntil: Date;
  readonly answer: KeptAnswer | null;
}

const LOCK = MINUTE / 2;

export const lockFrom = (now: Date): Date => later(now, LOCK);

export class IdempotencyKeyReused extends Refusal {
  readonly code = 'idempotency-key-reused';

  constructor() {
    super('This Idempotency-Key came with another body before. Take a new key for a new request.');
  }
}

export class IdempotencyKeyInFlight extends Refusal {
  readonly code = 'idempotency-key-in-flight';

  constructor(retryAfterSeconds: number) {
    super('The first request with this Idempotency-Key is still being worked on.', { retryAfterSeconds });
  }
}
