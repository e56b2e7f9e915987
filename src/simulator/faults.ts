import { z } from 'zod';

/** What can be made to go wrong with a call, before WeChat has acted on it or after. */
export const faultBody = z.strictObject({
  call: z.enum(['jscode2session']),
  kind: z
    .enum(['errcode', 'status', 'html', 'garbage', 'truncate', 'timeout', 'hangup', 'drip', 'slow'])
    .default('errcode'),
  when: z.enum(['before', 'after']).default('before'),
  /** The errcode or the HTTP status to answer, or the milliseconds to be slow for. */
  value: z.int().default(-1),
  /** How many calls it befalls. */
  times: z.int().min(1).max(1_000_000).default(1),
});

export type Fault = z.output<typeof faultBody>;
export type FaultyCall = Fault['call'];

/** The faults that were ordered and have not befallen a call yet, in the order of their orders. */
export class Faults {
  #ordered: Fault[] = [];

  order(fault: Fault): void {
    this.#ordered.push({ ...fault });
  }

  clear(): void {
    this.#ordered = [];
  }

  /** Takes the next fault that is meant for the call. */
  take(call: FaultyCall): Fault | undefined {
    const fault = this.#ordered.find((ordered) => ordered.call === call);
    if (!fault) return undefined;
    fault.times -= 1;
    if (fault.times === 0) this.#ordered.splice(this.#ordered.indexOf(fault), 1);
    return fault;
  }
}
