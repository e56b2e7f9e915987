import { parseArgs } from 'node:util';
import { fuzz, type FuzzReport, replayOf, tableOf } from '../test/support/fuzz/fuzz.ts';
import { TARGET_NAMES, type TargetName, TARGETS } from '../test/support/fuzz/targets.ts';

/*
 * `npm run fuzz`: gives whatever reads what strangers write thousands of things that nobody should write. Fails on a
 * crash, on an answer of 500, on a changed row, and prints how to have that one case again.
 */

const { values } = parseArgs({
  options: {
    target: { type: 'string', default: 'all' },
    cases: { type: 'string', default: '20000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    case: { type: 'string' },
  },
});

function targetNamed(name: string): TargetName {
  const target = TARGET_NAMES.find((known) => known === name);
  if (!target) throw new Error(`--target is one of ${TARGET_NAMES.join(', ')}, all`);
  return target;
}

function wholeNumber(option: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${option} is a whole number`);
  return Number(text);
}

const seed = wholeNumber('seed', values.seed);
const single = values.case === undefined ? undefined : wholeNumber('case', values.case);
const cases = single === undefined ? wholeNumber('cases', values.cases) : 1;

async function run(name: TargetName): Promise<FuzzReport> {
  const target = await TARGETS[name]();
  const onProgress = (line: string) => console.log(`  ${(performance.now() / 1_000).toFixed(1)} s: ${line}`);
  try {
    return await fuzz(target, { seed, cases, from: single ?? 0, onProgress });
  } finally {
    await target.close?.();
  }
}

const names = values.target === 'all' ? TARGET_NAMES : [targetNamed(values.target)];
console.log(`seed ${seed}`);
const reports: FuzzReport[] = [];
for (const name of names) reports.push(await run(name));
for (const found of reports.flatMap((report) => report.found)) console.log(`\n${replayOf(found)}\n${found.why}`);
console.log(`\n${tableOf(reports)}`);
process.exitCode = reports.some(({ found }) => found.length > 0) ? 1 : 0;
