import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { STATUS } from '../../src/adapters/koa/problem-details.ts';
import { ORDER_STATES } from '../../src/domain/order/order.ts';
import { REFUND_STATES } from '../../src/domain/order/refund.ts';
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
    const routes = [
      'routes.ts',
      'payment-routes.ts',
      'statement-routes.ts',
      'webhook-routes.ts',
      'openapi/docs-router.ts',
    ].flatMap((rooms) => {
      const found = [...read(`src/adapters/koa/${rooms}`).matchAll(/router\.(get|post|patch|delete)\(\s*'([^']+)'/g)];
      expect(found.length, rooms).toBeGreaterThan(3);
      return found;
    });
    for (const [, method, path] of routes) {
      expect(text).toContain(`${method!.toUpperCase()} ${path!.replace(/:(\w+)/g, '{$1}')}`);
    }
  });
});

/** The words of a union type, in the order in which the source has them. */
function wordsOf(file: string, type: RegExp, word: RegExp): string[] {
  const union = type.exec(read(file))?.[0] ?? '';
  return [...union.matchAll(word)].map(([, found]) => found!);
}

describe('docs/payments.md', () => {
  const text = read('docs/payments.md');

  it('says of every anomaly what to do', () => {
    const kinds = wordsOf('src/domain/order/anomaly.ts', /export type AnomalyKind =[^;]*;/, /\| '([a-z-]+)'/g);
    expect(kinds.length).toBeGreaterThan(14);
    for (const kind of kinds) expect(text).toMatch(new RegExp(`^\\| \`${kind}\` \\| .+ \\| .+ \\|$`, 'm'));
  });

  it('explains every state, and draws each of them twice', () => {
    const [mermaid, ascii] = [...text.matchAll(/^```[a-z]*\n([^]*?)^```$/gm)].map(([, block]) => block!);
    for (const state of ORDER_STATES) {
      expect(text).toMatch(new RegExp(`^\\| \`${state}\` \\| .+ \\|$`, 'm'));
      expect(mermaid).toMatch(new RegExp(`\\b${state}\\b`));
      expect(ascii).toMatch(new RegExp(`\\b${state}\\b`));
    }
  });

  it('names every type of event, and so do the READMEs', () => {
    const types = wordsOf('src/domain/order/order-event.ts', /export type Happening =[^]*?\n\n/, /type: '([a-z.]+)'/g);
    expect(types.length).toBeGreaterThan(8);
    for (const type of types)
      for (const file of ['docs/payments.md', ...READMES]) expect(read(file)).toContain(`\`${type}\``);
  });

  it('says what every verdict on a notice means, with its status', () => {
    const answers = [...read('src/adapters/wechat/pay-v2/v2-notice.ts').matchAll(/^ {2}'?([a-z-]+)'?: \[(\d{3}), /gm)];
    expect(answers.length).toBeGreaterThan(8);
    for (const [, verdict, status] of answers)
      expect(text).toMatch(
        new RegExp(`^\\| \`${verdict}\` \\| ${status} ${status === '200' ? 'SUCCESS' : 'FAIL'} \\|`, 'm'),
      );
  });

  const v3Answers = [...read('src/adapters/wechat/pay-v3/v3-notice.ts').matchAll(/^ {2}'?([a-z-]+)'?: \[?(\d{3})\b/gm)];

  it('says it of version 3, too, which answers by the status', () => {
    expect(v3Answers.length).toBeGreaterThan(12);
    const section = /### Notices of version 3\n([^]*?)\n## /.exec(text)?.[1] ?? '';
    for (const [, verdict, status] of v3Answers)
      expect(section).toMatch(
        new RegExp(`^\\| \`${verdict}\` \\| ${status}${status === '204' ? '' : ' FAIL'} \\| .+ \\|$`, 'm'),
      );
  });

  it.each(READMES)('%s names every verdict where it tells of the metrics', (file) => {
    const line = /^\| `wexagon_payment_notices_total` .*$/m.exec(read(file))?.[0] ?? '';
    for (const [, verdict] of v3Answers) expect(line).toContain(`\`${verdict}\``);
  });
});

describe('refunds and reconciliations', () => {
  const operations = read('docs/operations.md');

  it('of every state of a refund both pages say what it means, and all name its event', () => {
    for (const state of REFUND_STATES) {
      expect(operations).toMatch(new RegExp(`^\\| \`${state}\` \\| .+ \\| .+ \\| .+ \\|$`, 'm'));
      expect(read('docs/payments.md')).toMatch(
        new RegExp(`^\\| \`${state}\` \\| \`refund.${state}\` \\| .+ \\|$`, 'm'),
      );
      for (const file of ['docs/payments.md', ...READMES]) expect(read(file), file).toContain(`\`refund.${state}\``);
    }
  });

  it('of every kind of difference it is said what to do', () => {
    const kinds = wordsOf(
      'src/domain/statement/reconciliation.ts',
      /export type DifferenceKind =[^]*?\n\n/,
      /\| '([a-z-]+)'/g,
    );
    expect(kinds.length).toBeGreaterThan(6);
    for (const kind of kinds) expect(operations).toMatch(new RegExp(`^\\| \`${kind}\` \\| .+ \\| .+ \\|$`, 'm'));
  });

  it('of every code that keeps a refund from going on it is said what a person does', () => {
    const table =
      /export const REFUND_CODES = \{[^]*?\n\}/.exec(read('src/adapters/wechat/pay-v2/err-codes.ts'))?.[0] ?? '';
    const codes = [...table.matchAll(/^ {2}([A-Z_0-9]+): /gm)].map(([, code]) => code!);
    expect(codes.length).toBeGreaterThan(15);
    const section = /### What `trouble` says\n([^]*?)\n## /.exec(operations)?.[1] ?? '';
    for (const code of codes) expect(section).toMatch(new RegExp(`^\\|.*\\b${code}\\b.*\\|$`, 'm'));
  });

  it('the same of every such code of version 3', () => {
    const tables = read('src/adapters/wechat/pay-v3/v3-error-codes.ts').matchAll(
      /const (?:ANY|REFUND_CODES) = \{([^]*?)\n\}/g,
    );
    const codes = [...tables].flatMap(([, table]) =>
      [...table!.matchAll(/^ {2}([A-Z_]+): /gm)].map(([, code]) => code!),
    );
    expect(codes.length).toBeGreaterThan(20);
    const [, section = ''] = /With version 3 these have other names([^]*?)\n## /.exec(operations) ?? [];
    for (const code of codes) expect(section).toMatch(new RegExp(`^\\|.*\\b${code}\\b.*\\|$`, 'm'));
  });

  it('every command is named, and the READMEs list all of them', () => {
    const table = /const COMMANDS = \{[^]*?\n\};/.exec(read('bin/wexagon.js'))?.[0] ?? '';
    const commands = [...table.matchAll(/^ {2}'?([a-z -]+)'?: \{/gm)].map(([, name]) => name!);
    expect(commands.length).toBeGreaterThan(12);
    for (const command of commands) {
      expect(operations).toContain(`wexagon ${command}`);
      for (const file of READMES) expect(read(file), file).toMatch(new RegExp(`^  ${command} +\\S`, 'm'));
    }
  });
});

describe('documents', () => {
  const documents = [
    ...READMES,
    'CHANGELOG.md',
    'SECURITY.md',
    'docs/architecture.md',
    'docs/adding-a-storage.md',
    'docs/operations.md',
    'docs/payments.md',
    'examples/merchant-backend/README.md',
    'examples/mini-program/README.md',
  ];

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
