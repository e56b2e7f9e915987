import { type DestinationStream, type Logger, pino } from 'pino';

/** Logs JSON lines. Callers name each field they log; what they may not name, they have to hand over as `err`. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const timestamp = pino.stdTimeFunctions.isoTime;
  return pino({ level, base: null, timestamp, serializers: { err: (error) => describe(error) } }, destination);
}

/** The few properties of an error that are ours to show. Others may hold a URL, a body or a key. */
const SHOWN = ['name', 'code', 'message', 'errcode', 'rid', 'stack'] as const;

function describe(error: unknown, depth = 3): Record<string, unknown> {
  if (!(error instanceof Error) || depth === 0) return { name: typeof error };
  const all = error as Error & Record<string, unknown>;
  const shown = SHOWN.flatMap((field) => (all[field] === undefined ? [] : [[field, all[field]]]));
  const cause = error.cause === undefined ? {} : { cause: describe(error.cause, depth - 1) };
  return { ...Object.fromEntries(shown), ...cause };
}
