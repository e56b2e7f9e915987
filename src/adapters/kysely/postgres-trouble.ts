import pg from 'pg';
import { Outage } from '../../domain/outage.ts';

/** SQLSTATE classes and codes that speak of the server's state, and not of what we asked. */
const TROUBLE = /^(08|28|53|57|58|25006$|25P03$|3D|55000$|55P03$|XX)/;
const BROKEN = /^(08|25P03$|57P0[1-5]$)|^E[A-Z]+$/;
const CONFLICT = new Set(['40001', '40P01']);

/** Another transaction was in the way, and was let through: the same statement may succeed now. */
export const isConflict = (error: unknown): boolean => CONFLICT.has(codeOf(error));

/** The connection is of no use any more, or may still be busy with what we gave up on. */
export const isBroken = (error: unknown): boolean => !(error instanceof pg.DatabaseError) || BROKEN.test(codeOf(error));

/** Nothing of ours was asked yet when a connection cannot be had, so whatever the reason, it is the server's. */
export const cannotConnect = (cause: unknown): Outage =>
  new Outage('storage-unavailable', 'The storage cannot be reached at the moment.', { cause });

export function orOutage(cause: unknown): unknown {
  const isOurs = cause instanceof pg.DatabaseError && !TROUBLE.test(codeOf(cause));
  if (isOurs && isConflict(cause))
    return new Outage('storage-contended', 'Too much at once. Try again.', { cause, retryAfterSeconds: 1 });
  if (isOurs || !(cause instanceof Error) || cause instanceof TypeError) return cause;
  return new Outage('storage-unavailable', 'The storage cannot be used at the moment.', { cause });
}

function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : '';
}
