import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { SLOW_FILES } from '../support/slow-files.ts';

it.each(SLOW_FILES)('%s, which is begun first, is there', (name) =>
  expect(existsSync(new URL(`../${name}.test.ts`, import.meta.url))).toBe(true),
);
