import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../support/storages.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A project of somebody else's, with the package installed in it as it would be published. */
async function elsewhere(): Promise<string> {
  const project = temporaryFolder();
  const installed = join(project, 'node_modules/wexagon');
  mkdirSync(installed, { recursive: true });
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    if (!name.startsWith('.')) symlinkSync(join(ROOT, 'node_modules', name), join(project, 'node_modules', name));
  }
  for (const part of ['package.json', 'bin']) cpSync(join(ROOT, part), join(installed, part), { recursive: true });
  await run(process.execPath, ['scripts/build.ts', join(installed, 'dist')], { cwd: ROOT });
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
  return project;
}

const SUITE = `import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'vitest';
import { storageContract } from 'wexagon/contracts';
import { openJsonFile } from './json-file-storage.ts';

describe('my storage', () => {
  storageContract({
    place() {
      const path = join(mkdtempSync(join(import.meta.dirname, 'place-')), 'wexagon.json');
      return () => openJsonFile({ path });
    },
    keepsAfterRestart: true,
  });
});
`;

/** A merchant's backend that hears of a webhook: the published example of Standard Webhooks. */
const HEAR = `import { createMerchantClient, createMiniProgramClient, verifyWebhook } from 'wexagon/client';
const headers = {
  'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  'webhook-timestamp': '1614265330',
  'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};
const now = new Date(1614265330000);
const told = await verifyWebhook(headers, '{"test": 2432232314}', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', { now });
console.log(JSON.stringify(told), typeof createMerchantClient, typeof createMiniProgramClient);
`;

it('the built package runs elsewhere: the contracts on a fifth storage, the client, and the server by its command', async () => {
  const project = await elsewhere();
  cpSync(join(ROOT, 'docs/examples/json-file-storage.ts'), join(project, 'json-file-storage.ts'));
  writeFileSync(join(project, 'my-storage.test.ts'), SUITE);
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const env = { PATH: dirname(process.execPath), CI: 'true', NO_COLOR: '1' };
  const { stdout } = await run(process.execPath, [vitest, 'run', '--testTimeout', '30000', '--root', project], {
    cwd: project,
    env,
  });
  expect(stdout).toMatch(/Tests +169 passed \(169\)/);

  writeFileSync(join(project, 'hear.js'), HEAR);
  const heard = await run(process.execPath, ['hear.js'], { cwd: project });
  expect(heard.stdout).toBe('{"test":2432232314,"id":"msg_p5jXN8AQM9LWM0D4loKWxJek"} function function\n');
  for (const part of ['src/adapters/koa/openapi/page/page.html', 'mini-program/mini-program.js'])
    expect(existsSync(join(project, 'node_modules/wexagon/dist', part)), part).toBe(true);

  const help = await run(process.execPath, [join(project, 'node_modules/wexagon/bin/wexagon.js'), '--help'], {
    cwd: project,
  });
  expect(help.stdout).toContain('Usage: wexagon');
  const copying = run(process.execPath, ['node_modules/wexagon/bin/wexagon.js', 'storage', 'copy'], { cwd: project });
  await expect(copying).rejects.toThrow(/Usage: npm run storage:copy/);
}, 180_000);
