import type { Clock } from '../domain/clock.ts';
import type { IdSource } from '../domain/id-source.ts';
import type { IdempotencyRepository } from '../domain/idempotency/idempotency-repository.ts';
import {
  IdempotencyKeyInFlight,
  IdempotencyKeyReused,
  type KeptAnswer,
  type KeyedRequest,
  lockFrom,
} from '../domain/idempotency/keyed-request.ts';
import { SECOND } from '../domain/clock.ts';

interface Needs {
  readonly idempotency: IdempotencyRepository;
  readonly clock: Clock;
  readonly ids: IdSource;
}

/** Does the work of a request; what it throws is no answer, and the same request may try again. */
export type Work = (request: KeyedRequest) => Promise<KeptAnswer>;

export interface AnsweredOnce {
  readonly answer: KeptAnswer;
  /** It is what an earlier request with this key was answered. */
  readonly replayed: boolean;
}

/**
 * Does what a request asks for once, however often it is sent with one Idempotency-Key, and answers it the same each time.
 * What a crash left unfinished is gone on with, under the same subject, by whoever sends the request again.
 */
export class AnswerOnce {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  async execute({ id, digest }: Pick<KeyedRequest, 'id' | 'digest'>, work: Work): Promise<AnsweredOnce> {
    const { clock, idempotency, ids } = this.#needs;
    const now = clock.now();
    const fresh = { id, digest, subject: ids.next(), createdAt: now, lockedUntil: lockFrom(now), answer: null };
    const kept = await idempotency.begin(fresh);
    if (!kept) return this.#answer(fresh, work);
    if (kept.digest !== digest) throw new IdempotencyKeyReused();
    if (kept.answer) return { answer: kept.answer, replayed: true };
    return this.#answer(await this.#takeOver(kept), work);
  }

  async #takeOver(kept: KeyedRequest): Promise<KeyedRequest> {
    const { clock, idempotency } = this.#needs;
    const now = clock.now();
    const lockedUntil = lockFrom(now);
    const isFree = kept.lockedUntil <= now && (await idempotency.relock(kept, lockedUntil));
    if (isFree) return { ...kept, lockedUntil };
    throw new IdempotencyKeyInFlight(Math.max(1, Math.ceil((kept.lockedUntil.getTime() - now.getTime()) / SECOND)));
  }

  async #answer(request: KeyedRequest, work: Work): Promise<AnsweredOnce> {
    const { clock, idempotency } = this.#needs;
    try {
      const answer = await work(request);
      await idempotency.finish(request, answer);
      return { answer, replayed: false };
    } catch (error) {
      await idempotency.relock(request, clock.now()).catch(() => false);
      throw error;
    }
  }
}
