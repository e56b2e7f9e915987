import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The ports that adapters implement, and so have a contract. */
const PORTS = [
  'account/account-repository',
  'account/session-key-vault',
  'id-source',
  'idempotency/idempotency-repository',
  'order/event-log',
  'order/notice-reader',
  'order/order-repository',
  'order/payment-gateway',
  'order/platform-certificates',
  'persistence',
  'session/mini-program-gateway',
  'session/session-repository',
  'session/token-issuer',
  'shelf',
  'statement/reconciliation-repository',
  'statement/statement-gateway',
  'throttle',
  'webhook/webhook-repository',
];

/** Every sentence that stands over a method of an interface. */
function promisesOf(source: string): string[] {
  const port =
    /export interface (?:\w+(?:Repository|Vault|Gateway|Issuer|Source|Counter|Log|Reader)|Persistence|Shelf<[^\n]+>)(?: extends [^\n]+)? \{[^]*?\n\}/.exec(
      source,
    );
  const comments = [...(port?.[0] ?? '').matchAll(/\/\*\*((?:(?!\*\/)[^])*)\*\/\s*\w+\(/g)].map(
    ([, comment]) => comment!,
  );
  return comments.flatMap(sentencesOf);
}

function sentencesOf(comment: string): string[] {
  const text = comment
    .replace(/^\s*\*\s?/gm, '')
    .replace(/\s+/g, ' ')
    .trim();
  return text
    .split(/(?<=\.)\s+/)
    .map((sentence) => sentence.replace(/\.$/, ''))
    .filter(Boolean);
}

function titlesBelow(folder: string): Set<string> {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const texts = files.map((file) => readFileSync(join(ROOT, folder, file), 'utf8'));
  const titles = texts.flatMap((text) =>
    [...text.matchAll(/\bit\(\s*(['"])((?:\\.|(?!\1)[^\\])*)\1/g)].map(([, , title]) => title!),
  );
  return new Set(titles.map((title) => title.replaceAll(/\\(.)/g, '$1')));
}

describe('every promise of a port is the title of a case', () => {
  const titles = new Set(
    ['test/contracts', 'test/adapters', 'test/domain'].flatMap((folder) => [...titlesBelow(folder)]),
  );

  it.each(PORTS)('%s', (port) => {
    const promises = promisesOf(readFileSync(join(ROOT, 'src/domain', `${port}.ts`), 'utf8'));
    expect(promises.filter((promise) => !titles.has(promise))).toEqual([]);
    expect(promises.length).toBeGreaterThan(0);
  });

  it('would notice one that is not', () => {
    const port =
      'export interface MoonRepository {\n  /**\n   * Keeps the moon.\n   * Wanes.\n   */\n  keep(): void;\n}';
    expect(promisesOf(port)).toEqual(['Keeps the moon', 'Wanes']);
    expect(titles.has('Keeps the moon')).toBe(false);
  });

  it('knows every port there is', () => {
    const interfaces = readdirSync(join(ROOT, 'src/domain'), { recursive: true, encoding: 'utf8' }).filter((file) =>
      /(-repository|-certificates|-vault|-gateway|-issuer|-source|-log|-reader|persistence|shelf|throttle)\.ts$/.test(
        file,
      ),
    );
    expect(interfaces.map((file) => basename(file, '.ts')).toSorted()).toEqual(
      PORTS.map((port) => basename(port)).toSorted(),
    );
  });
});
