import { z } from 'zod';

/** A time as we write it: RFC 3339 in UTC. */
export const moment = z.string().meta({ format: 'date-time' });
