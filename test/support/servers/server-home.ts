import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Waits for our end, which closes its input; then stops the server, in its own way at first, and removes its files. */
const KEEPER = `
  read -r _
  pid=$(cat "$1/pid" 2>/dev/null)
  if [ -n "$pid" ]; then
    kill -CONT "$pid"; kill "-$2" "$pid"
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do kill -0 "$pid" || break; sleep 0.5; done
    kill -KILL "$pid"
  fi
  case "$1" in */wexagon-server-*) rm -rf -- "$1" ;; esac
`;

/** A folder for one server's files. It goes when it is told to, and as well when this process dies, however it dies. */
export class ServerHome {
  readonly path = mkdtempSync(join(tmpdir(), 'wexagon-server-'));
  readonly #keeper: ChildProcess;

  /** The signal is the one that the server ends by at once, and leaves no shared memory behind. */
  constructor(signal: 'QUIT' | 'KILL') {
    this.#keeper = spawn('sh', ['-c', KEEPER, 'sh', this.path, signal], {
      detached: true,
      cwd: '/',
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#keeper.unref();
  }

  /** Says which process lives here now, if any. */
  note(pid: number | undefined): void {
    if (existsSync(this.path)) writeFileSync(join(this.path, 'pid'), String(pid ?? ''));
  }

  remove(): void {
    this.#keeper.kill('SIGKILL');
    rmSync(this.path, { recursive: true, force: true });
  }
}
