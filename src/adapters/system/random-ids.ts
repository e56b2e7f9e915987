import { randomUUID } from 'node:crypto';
import type { IdSource } from '../../domain/id-source.ts';

/** Version 4 UUIDs: 122 random bits each. */
export const randomIds: IdSource = { next: () => randomUUID() };
