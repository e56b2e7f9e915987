import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { ServerHome } from './server-home.ts';

export interface User {
  readonly uid?: number;
  readonly gid?: number;
}

interface Launch {
  readonly home: ServerHome;
  readonly command: string;
  readonly args: readonly string[];
  readonly user?: User;
  /** What the server prints when it can be used. */
  readonly ready: RegExp;
}

/** A server's process, with the processes that it starts. */
export class ServerChild {
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#process = child;
  }

  /** Answers when the server can be used; throws what it printed when it ends before that. */
  static async launch({ home, command, args, user = {}, ready }: Launch): Promise<ServerChild> {
    const child = spawn(command, args, { ...user, cwd: home.path, env: PLAIN, detached: true });
    home.note(child.pid);
    child.once('exit', () => home.note(undefined));
    const printed = await printedUntil(child, ready);
    if (printed !== undefined) throw new Error(`${command} did not start: ${printed.trim().slice(-500)}`);
    return new ServerChild(child);
  }

  get isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** Stands still, and keeps its connections: no answer, and no word that there will be none. */
  freeze(): void {
    this.#process.kill('SIGSTOP');
    for (const pid of descendantsOf(this.#process.pid!)) send('SIGSTOP', pid);
  }

  thaw(): void {
    for (const pid of descendantsOf(this.#process.pid!)) send('SIGCONT', pid);
    this.#process.kill('SIGCONT');
  }

  /** Sends the signal and waits for the end; who does not hear it is killed. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (!this.isRunning) return;
    const exited = once(this.#process, 'exit');
    this.thaw();
    this.#process.kill(signal);
    const stop = new AbortController();
    const killing = wait(10_000, undefined, { signal: stop.signal }).then(
      () => this.#process.kill('SIGKILL'),
      () => false,
    );
    await exited;
    stop.abort();
    await killing;
  }
}

/** Nothing of ours: PGPORT and its kin would speak to the servers too. */
const PLAIN = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };

/** Answers undefined when the child has printed what it was to print, or all it did print when it ended instead. */
async function printedUntil(child: ChildProcess, ready: RegExp): Promise<string | undefined> {
  const over = Promise.withResolvers<string | undefined>();
  let printed = '';
  const hear = (piece: Buffer) => {
    printed = `${printed}${piece.toString()}`.slice(-4_000);
    if (ready.test(printed)) over.resolve(undefined);
  };
  child.stdout?.on('data', hear);
  child.stderr?.on('data', hear);
  child.once('error', (error) => over.resolve(error.message));
  child.once('exit', () => over.resolve(printed));
  return over.promise;
}

/** Who has ended in between needs no signal. */
function send(signal: NodeJS.Signals, pid: number): void {
  try {
    process.kill(pid, signal);
  } catch {
    return;
  }
}

/** Not the process group: PostgreSQL gives each of its processes one of its own. */
function descendantsOf(pid: number): number[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  const rows = table.trim().split('\n');
  const parents = new Map(rows.map((row) => row.trim().split(/\s+/).map(Number) as [number, number]));
  const childrenOf = (parent: number): number[] =>
    [...parents].filter(([, ppid]) => ppid === parent).flatMap(([child]) => [child, ...childrenOf(child)]);
  return childrenOf(pid);
}

/**
 * A port that nobody listens on, out of those that no system hands to outgoing connections: one of these could take it
 * while its server is down for a moment.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 15_000 + Math.floor(Math.random() * 15_000);
    const probe = createServer().listen(port, '127.0.0.1');
    const isFree = await once(probe, 'listening').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    probe.close();
    await once(probe, 'close');
    return port;
  }
}
