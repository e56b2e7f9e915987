import { z } from 'zod';
import type { RefundState } from './refund.ts';

export const refundOutcome = z.enum(['success', 'change', 'close']);

export const OUTCOME_STATES = {
  success: 'SUCCESS',
  change: 'CHANGE',
  close: 'REFUNDCLOSE',
} as const satisfies Record<z.output<typeof refundOutcome>, RefundState>;

export const refundOutcomeBody = z.strictObject({
  /** `none` leaves a refund under way until somebody settles it. */
  outcome: z.enum([...refundOutcome.options, 'none']),
  /** Milliseconds until then; otherwise a second, compressed. */
  delay: z.int().min(0).max(3_600_000).optional(),
  /** For how many refunds; otherwise for all to come. */
  times: z.int().min(1).max(1_000_000).optional(),
});

type Ordered = z.output<typeof refundOutcomeBody>;

/** How the refunds to come will end. */
export class RefundOutcomes {
  #standing: Ordered = { outcome: 'success' };
  readonly #next: (Ordered & { left: number })[] = [];

  order(ordered: Ordered): void {
    if (ordered.times === undefined) this.#standing = ordered;
    else this.#next.push({ ...ordered, left: ordered.times });
  }

  take(): Ordered {
    const [next] = this.#next;
    if (!next) return this.#standing;
    next.left -= 1;
    if (next.left === 0) this.#next.shift();
    return next;
  }
}
