import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { STATUS } from '../../src/adapters/koa/problem-details.ts';
import { SECRETS, VARIABLES } from '../../src/main/variables.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const READMES = ['README.md', 'README.zh-CN.md'];

interface Row {
  readonly name: string;
  readonly standard: string;
  readonly meaning: string;
}

function configurationTable(file: string): Row[] {
  const table = /<!-- configuration -->([^]*?)<!-- \/configuration -->/.exec(read(file))?.[1] ?? '';
  const rows = [...table.matchAll(/^\| `([A-Z_0-9]+)` \| (.+?) \| (.+) \|$/gm)];
  return rows.map(([, name, standard, meaning]) => ({ name: name!, standard: standard!, meaning: meaning! }));
}

/** What the schema takes where nothing is given, as it would be written. */
function defaultOf(name: string): string {
  const { def } = VARIABLES.shape[name as keyof typeof VARIABLES.shape] as unknown as {
    def: { defaultValue?: string };
  };
  return def.defaultValue === undefined ? '–' : `\`${def.defaultValue}\``;
}

describe.each(READMES)('%s', (file) => {
  it('has the configuration table of the schema: every variable, in order, with its default', () => {
    const expected = Object.keys(VARIABLES.shape).map((name) => [name, defaultOf(name)]);
    expect(configurationTable(file).map(({ name, standard }) => [name, standard])).toEqual(expected);
  });

  it('says of every secret that it may be a file', () => {
    const meanings = new Map(configurationTable(file).map(({ name, meaning }) => [name, meaning]));
    for (const name of SECRETS) expect(meanings.get(name)).toContain(`\`${name}_FILE\``);
  });

  it('explains every problem code, with its status', () => {
    const text = read(file);
    for (const [code, status] of Object.entries(STATUS))
      expect(text).toMatch(new RegExp(`^\\| \`${code}\` \\| ${status} \\|`, 'm'));
  });

  it('names every route', () => {
    const text = read(file);
    const routes = [...read('src/adapters/koa/routes.ts').matchAll(/router\.(get|post|patch|delete)\('([^']+)'/g)];
    expect(routes.length).toBeGreaterThan(10);
    for (const [, method, path] of routes) {
      expect(text).toContain(`${method!.toUpperCase()} ${path!.replace(/:(\w+)/g, '{$1}')}`);
    }
  });
});

describe('documents', () => {
  const documents = [...READMES, 'CHANGELOG.md', 'SECURITY.md', 'docs/architecture.md', 'docs/adding-a-storage.md'];

  it.each(documents)('%s links to nothing that is not there', (file) => {
    const links = [...read(file).matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)(?:#[^)]*)?\)/g)].map(([, link]) => link!);
    for (const link of links) expect(existsSync(join(ROOT, dirname(file), link)), link).toBe(true);
  });

  it('name only source files that are there', () => {
    const all = [...documents, ...readdirSync(join(ROOT, 'docs/decisions')).map((file) => `docs/decisions/${file}`)];
    const named = all.flatMap((file) =>
      [...read(file).matchAll(/`((?:src|test|scripts|bin)\/[\w./-]+)`/g)].map(([, path]) => path!),
    );
    expect(named.length).toBeGreaterThan(5);
    for (const path of named) expect(existsSync(join(ROOT, path)), path).toBe(true);
  });
});
