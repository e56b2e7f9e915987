import { z } from 'zod';

/** `limit` of a page. */
export const limit = ({ most, usual }: { readonly most: number; readonly usual: number }) =>
  z
    .string()
    .regex(/^[1-9]\d{0,3}$/, `A whole number from 1 to ${most}.`)
    .transform(Number)
    .refine((value) => value <= most, `A whole number from 1 to ${most}.`)
    .default(usual)
    .describe(`1 to ${most}; ${usual} unless given.`);
