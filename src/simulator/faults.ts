import { z } from 'zod';

/** What can be done to an answer that is signed. */
const FORGERIES = ['bad-signature', 'wrong-merchant', 'probe'] as const;

export type Forgery = (typeof FORGERIES)[number];

const SIGNED_CALLS = ['unifiedorder', 'orderquery', 'closeorder', 'refund', 'refundquery'] as const;

/** These have signed answers in version 3, and none, or no signature, in version 2. */
const SIGNED_IN_V3 = ['abnormalrefund', 'certificates', 'downloadbill', 'downloadfundflow'] as const;

const UNSIGNED_CALLS = ['jscode2session', 'report', 'batchquerycomment', 'billfile'] as const;

export const FAULTY_CALLS = [...SIGNED_CALLS, ...SIGNED_IN_V3, ...UNSIGNED_CALLS] as const;

const KINDS = ['errcode', 'status', 'html', 'garbage', 'truncate', 'timeout', 'hangup', 'drip', 'slow'] as const;

export const FAULT_KINDS = [...KINDS, ...FORGERIES] as const;

/** What can be made to go wrong with a call, before WeChat has acted on it or after. */
export const faultBody = z.strictObject({
  call: z.enum(FAULTY_CALLS),
  kind: z.enum(FAULT_KINDS).default('errcode'),
  when: z.enum(['before', 'after']).default('before'),
  /** The errcode or the HTTP status to answer, or the milliseconds to be slow for. */
  value: z.int().default(-1),
  /** What a call of WeChat Pay is answered instead of an errcode; version 3 has its own spelling of it. */
  err_code: z.string().max(32).default('SYSTEMERROR'),
  /** How many calls it befalls. */
  times: z.int().min(1).max(1_000_000).default(1),
});

export type Fault = z.output<typeof faultBody>;
export type FaultyCall = Fault['call'];

/** Only an answer that is signed can be forged. */
export const canBefall = ({ call, kind }: Fault, speaksV3: boolean): boolean =>
  !isOneOf(FORGERIES, kind) || isOneOf(SIGNED_CALLS, call) || (speaksV3 && isOneOf(SIGNED_IN_V3, call));

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

/** Slow and forged answers are answers all the same, so the call is executed whatever `when` says. */
export const isExecuted = ({ kind, when }: Fault): boolean =>
  when === 'after' || kind === 'slow' || isOneOf(FORGERIES, kind);

const isOneOf = (list: readonly string[], one: string): boolean => list.includes(one);
