import { BadConfiguration } from './main/config.ts';
import { readEnvironment } from './main/environment.ts';
import { serve } from './main/serve.ts';
import { UnknownKeys } from './application/check-key-ring.ts';
import { Outage } from './domain/outage.ts';
import { UnfitStorage } from './domain/persistence.ts';

/** The door of the house: reads the environment, serves, and closes in order when it is told to stop. */
async function main(): Promise<void> {
  const serving = await serve(readEnvironment());
  const stop = () => void serving.stop().then(() => process.exit(0));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
}

/** What an operator can mend is said in a sentence; anything else shows where it broke. */
function explain(error: unknown): string {
  const forPeople = [BadConfiguration, UnknownKeys, UnfitStorage].some((kind) => error instanceof kind);
  if (error instanceof Error && forPeople) return error.message;
  if (error instanceof Outage) return withCause(error);
  const { code, port } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') return `Port ${port} is taken. Set PORT to another, or 0 for any that is free.`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** The cause may tell what to mend; the message of a driver's error holds no password. */
function withCause({ message, cause }: Outage): string {
  return cause instanceof Error ? `${message} (${cause.message})` : message;
}

// What we write to the disk is for us alone.
process.umask(0o077);

main().catch((error: unknown) => {
  console.error(explain(error));
  process.exitCode = 1;
});
