import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { BOUNDARIES } from '../../scripts/boundary-rules.ts';
import { surveyBoundaries } from '../../scripts/cruise-boundaries.ts';
import { temporaryFolder } from '../support/storages.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CANARIES = join(ROOT, 'test/architecture/canaries');
const rules = BOUNDARIES.map(({ name }) => name!);

describe('boundaries', () => {
  it('are kept by every module there is', async () => {
    const { read, violations } = await surveyBoundaries(ROOT);
    const modules = readdirSync(join(ROOT, 'src'), { recursive: true }).filter((file) => /\.[jt]s$/.test(String(file)));
    expect(read).toBe(modules.length);
    expect(violations).toEqual([]);
  });

  it('have a canary for each rule, and no canary for none', () => {
    expect(readdirSync(CANARIES).toSorted()).toEqual(rules.toSorted());
  });

  it.each(rules)('%s: its canary is caught, by this rule and no other', async (rule) => {
    const { violations } = await surveyBoundaries(join(CANARIES, rule));
    expect([...new Set(violations.map((violation) => violation.rule))]).toEqual([rule]);
  });

  it('count nothing where there is nothing to read', async () => {
    await expect(surveyBoundaries(temporaryFolder())).rejects.toThrow(/Can't open|ENOENT|src/);
  });
});

/** Source without its comments and with every string emptied: what is left is what runs. */
const codeOf = (text: string): string =>
  text
    .replace(/\/\*[^]*?\*\//g, '')
    .replace(/\/\/.*$/gm, '')
    .replace(/(['"`])(?:\\.|(?!\1)[^\\])*\1/g, '$1$1');

/** What a floor may not do, though no import shows it. */
const FORBIDDEN: { name: string; where: RegExp; what: RegExp; canary: string }[] = [
  {
    name: 'the domain looks at no clock, draws no lots and knows no process',
    where: /^domain\//,
    what: /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bprocess\.|\bfetch\(|\bsetTimeout\b/,
    canary: 'const now = new Date();',
  },
  {
    name: 'the application looks at no clock and knows no process',
    where: /^application\//,
    what: /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bprocess\./,
    canary: 'const now = Date.now();',
  },
  {
    name: 'the environment is read in main alone',
    where: /^(?!main\/environment\.ts|simulator\/main\.ts)/,
    what: /\bprocess\.env\b/,
    canary: 'const { PORT } = process.env;',
  },
  {
    name: 'no decorators, which type stripping cannot run',
    where: /./,
    what: /^\s*@\w+\(/m,
    canary: '@injectable()\nclass X {}',
  },
];

describe.each(FORBIDDEN)('$name', ({ where, what, canary }) => {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );

  it('holds in every file it is about', () => {
    const about = files.filter((file) => where.test(file));
    expect(about.length).toBeGreaterThan(5);
    const culprits = about.filter((file) => what.test(codeOf(readFileSync(join(ROOT, 'src', file), 'utf8'))));
    expect(culprits).toEqual([]);
  });

  it('would be noticed', () => expect(what.test(codeOf(canary))).toBe(true));
});
