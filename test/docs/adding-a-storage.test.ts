import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { storageContract } from 'wexagon/contracts';
import { openJsonFile } from '../../docs/examples/json-file-storage.ts';

const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url));

const own = mkdtempSync(join(tmpdir(), 'wexagon-docs-'));
vi.stubEnv('TMPDIR', own);
afterAll(() => rmSync(own, { recursive: true }));

describe('a JSON file', () => {
  storageContract({
    place() {
      const path = join(mkdtempSync(join(tmpdir(), 'wexagon-json-')), 'wexagon.json');
      return () => openJsonFile({ path });
    },
    keepsAfterRestart: true,
  });
});

describe('docs/adding-a-storage.md', () => {
  it('shows no line of code that does not run', () => {
    const page = readFileSync(join(DOCS, 'adding-a-storage.md'), 'utf8');
    const running = [join(DOCS, 'examples/json-file-storage.ts'), fileURLToPath(import.meta.url)]
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n');
    const excerpts = [...page.matchAll(/```ts\n([^]*?)```/g)].map(([, code]) => code!.trimEnd());
    expect(excerpts.length).toBeGreaterThan(4);
    for (const excerpt of excerpts.flatMap((code) => code.split('\n\n'))) expect(running).toContain(excerpt);
  });
});
