import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
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
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  await run(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', join(installed, 'dist')], { cwd: ROOT });
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

it('the built package runs elsewhere: the contracts on a fifth storage, and the server by its command', async () => {
  const project = await elsewhere();
  cpSync(join(ROOT, 'docs/examples/json-file-storage.ts'), join(project, 'json-file-storage.ts'));
  writeFileSync(join(project, 'my-storage.test.ts'), SUITE);
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const env = { PATH: dirname(process.execPath), CI: 'true', NO_COLOR: '1' };
  const { stdout } = await run(process.execPath, [vitest, 'run', '--testTimeout', '30000', '--root', project], {
    cwd: project,
    env,
  });
  expect(stdout).toMatch(/Tests +148 passed \(148\)/);

  const help = await run(process.execPath, [join(project, 'node_modules/wexagon/bin/wexagon.js'), '--help'], {
    cwd: project,
  });
  expect(help.stdout).toContain('Usage: wexagon');
  const copying = run(process.execPath, ['node_modules/wexagon/bin/wexagon.js', 'storage', 'copy'], { cwd: project });
  await expect(copying).rejects.toThrow(/Usage: npm run storage:copy/);
}, 180_000);
