import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { Client } from './client.ts';
import { COMPILED } from './compiled.ts';
import { MERCHANT_KEY } from './test-config.ts';

const BACKEND = fileURLToPath(new URL('../../examples/merchant-backend/server.ts', import.meta.url));

/** The example as its README starts it: a process of its own. */
export async function openMerchantBackend(wexagonUrl: string): Promise<Client> {
  const env = { PATH: process.env.PATH, ...COMPILED, PORT: '0', WEXAGON_URL: wexagonUrl, WEXAGON_KEY: MERCHANT_KEY };
  const child = spawn(process.execPath, [BACKEND], { env });
  onTestFinished(() => void child.kill('SIGKILL'));
  const listening = Promise.withResolvers<string>();
  let output = '';
  const read = (piece: Buffer): void => {
    output += piece.toString();
    const url = /The shop listens at (\S+)/.exec(output)?.[1];
    if (url !== undefined) listening.resolve(url);
  };
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  child.once('exit', (code) => listening.reject(new Error(`exit ${code} before listening:\n${output}`)));
  return new Client(await listening.promise);
}
