import { execFileSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';

/** `node scripts/build.ts <folder>`: what others install, with no types to strip. */
const [folder = 'dist'] = process.argv.slice(2);
const PAGE = 'src/adapters/koa/openapi/page';

execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--outDir', folder]);
cpSync(PAGE, join(folder, PAGE), { recursive: true });
execFileSync(process.execPath, ['scripts/build-mini-program.ts', join(folder, 'mini-program')]);
