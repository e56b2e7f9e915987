import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { Client } from './client.ts';
import { COMPILED } from './compiled.ts';
import { SimulatorControl } from './simulator-control.ts';

const DOOR = fileURLToPath(new URL('../../bin/wexagon.js', import.meta.url));

/** A program of ours as users start it: a process of its own, through the door, without the test's environment. */
export class ServerProcess {
  readonly url: string;
  readonly client: Client;
  /** The sandbox's WeChat, where there is one. */
  readonly wechat: SimulatorControl;
  readonly #process: ChildProcess;
  readonly #output: string[];

  private constructor(url: string, child: ChildProcess, output: string[]) {
    this.url = url;
    this.client = new Client(url);
    this.wechat = new SimulatorControl(url);
    this.#process = child;
    this.#output = output;
  }

  static start(environment: Readonly<Record<string, string>>, cwd: string): Promise<ServerProcess> {
    return ServerProcess.#launch('start', { PORT: '0', ...environment }, cwd, /"url":"([^"]+)"/);
  }

  static startSimulator(environment: Readonly<Record<string, string>>, cwd: string): Promise<ServerProcess> {
    return ServerProcess.#launch('simulator', { SIMULATOR_PORT: '0', ...environment }, cwd, /listens at ([^ ]+)\. /);
  }

  static async #launch(command: string, environment: Readonly<Record<string, string>>, cwd: string, announced: RegExp) {
    const { child, output } = run([command], environment, cwd);
    const listening = Promise.withResolvers<string>();
    child.stdout.on('data', () => {
      const url = announced.exec(output.join(''))?.[1];
      if (url !== undefined) listening.resolve(url);
    });
    child.once('exit', (code) => listening.reject(new Error(`exit ${code} before listening:\n${output.join('')}`)));
    return new ServerProcess(await listening.promise, child, output);
  }

  /** All it has printed so far, logs and everything else. */
  get output(): string {
    return this.#output.join('');
  }

  /** Sends the signal and answers how the process ended: its exit code, or the signal that ended it. */
  async end(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<number | string> {
    const exited = once(this.#process, 'exit') as Promise<[number | null, string | null]>;
    this.#process.kill(signal);
    const [code, by] = await exited;
    return code ?? by ?? 'unknown';
  }
}

/** Runs a command through the door to its end. */
export async function runToEnd(
  args: string[],
  environment: Readonly<Record<string, string>>,
  cwd: string,
  node: string[] = [],
) {
  const { child, output } = run(args, environment, cwd, node);
  const [code] = (await once(child, 'exit')) as [number | null];
  return { code, output: output.join('') };
}

function run(args: string[], environment: Readonly<Record<string, string>>, cwd: string, node: string[] = []) {
  const env = { PATH: process.env.PATH, ...COMPILED, ...environment };
  const child = spawn(process.execPath, [...node, DOOR, ...args], { cwd, env });
  onTestFinished(() => void child.kill('SIGKILL'));
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (piece: Buffer) => output.push(piece.toString()));
  return { child, output };
}
