import { z } from 'zod';

const count = z.int().min(1).max(1_000);

const WISH = {
  /** How often it is sent. */
  repeat: count.default(1),
  /** How many of those at the same time. */
  at_once: count.default(1),
  /** Flips a bit in the middle of the body. */
  corrupt: z.boolean().default(false),
  /**
   * Fields to change or to add; what comes of it is signed, or sealed if it is about a refund or in version 3. There,
   * a name may have dots, as `amount.total`, and is of what is sealed unless it begins as one around it does.
   */
  override: z.record(z.string().min(1), z.json()).default({}),
  /** Fields to leave out; as above. */
  drop: z.array(z.string()).default([]),
  /** A notice about a refund in version 2 is never signed, but may be sealed with a wrong key. */
  sign: z.enum(['right', 'downgrade', 'unsigned', 'wrong-key', 'probe']).default('right'),
  /** By how many seconds the time in a notice of version 3 is wrong. */
  timestamp: z.int().min(-1_000_000_000).max(1_000_000_000).default(0),
  /** Whose key a notice of version 3 says that it is signed with; it stays signed with the right one. */
  serial: z
    .string()
    .regex(/^[!-~]{1,200}$/)
    .optional(),
};

/** How a notice is to differ from what it should be. */
export const noticeWish = z.strictObject(WISH);

export type Wish = z.output<typeof noticeWish>;

/** An overriding value where everything is text. */
export const textOf = (value: Wish['override'][string]): string =>
  typeof value === 'string' ? value : JSON.stringify(value);

export const AS_IT_SHOULD_BE: Wish = noticeWish.parse({});

/** What is to befall notices when they are first sent. The retries are as they should be. */
export const noticeFaultBody = z.strictObject({
  ...WISH,
  /** What the notices that it befalls are about; either if it is not said. */
  about: z.enum(['payment', 'refund']).optional(),
  /** Never sends it, nor retries. */
  lose: z.boolean().default(false),
  /** Milliseconds until it is sent. */
  delay: z.int().min(0).max(3_600_000).default(0),
  /** Holds so many notices and sends them one after the other, the newest first. */
  reorder: z.int().min(2).max(10_000).optional(),
  /** How many notices it befalls. */
  times: z.int().min(1).max(1_000_000).default(1),
});

export type NoticeFault = z.output<typeof noticeFaultBody>;

/** The wish in a fault. */
export const wishOf = ({
  about: _about,
  lose: _lose,
  delay: _delay,
  reorder: _reorder,
  times: _times,
  ...wish
}: NoticeFault): Wish => wish;
