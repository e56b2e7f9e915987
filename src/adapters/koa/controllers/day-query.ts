import { z } from 'zod';
import { type Day, readDay } from '../../../domain/statement/day.ts';

/** A day of WeChat's calendar, which is that of UTC+8. */
export const day = z
  .string()
  .transform((text, context): Day => {
    const read = readDay(text);
    if (read) return read;
    context.addIssue({ code: 'custom', message: 'A day, like 2026-11-21.' });
    return z.NEVER;
  })
  .describe('A day of UTC+8, like 2026-11-21.');
