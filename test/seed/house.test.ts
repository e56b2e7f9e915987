import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import lock from '../../package-lock.json' with { type: 'json' };
import { orderFor, payV2To, prepaidOf } from '../support/simulated-wechat-pay.ts';
import { ALICE } from '../support/pay-troubles.ts';
import { scriptedPay, v2Failure } from '../support/scripted-pay.ts';

/*
 * The defects of django_miniprogram_api that no single route has: its randomness, its packages and its tests.
 */

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
}

/** Everything that is installed, by its place. */
const LOCKED = Object.entries(lock.packages as Readonly<Record<string, Locked>>).filter(([place]) => place !== '');

/** The first versions without the holes that are known of them. */
const FLOORS: Readonly<Record<string, string>> = {
  koa: '3.2.1',
  axios: '1.15.1',
  'fast-xml-parser': '5.10.1',
  // Of 9 nobody says which was the first; of this one nothing is known.
  mongoose: '9.12.1',
  formidable: '3.5.3',
  'follow-redirects': '1.15.6',
  'form-data': '4.0.4',
  node: '24.14.1',
};

/** Somebody else had put something in. */
const POISONED: ReadonlySet<string> = new Set(['axios@1.14.1', 'axios@0.30.4']);

const nameOf = (place: string): string => place.split('node_modules/').at(-1)!;

function isBelow(version: string, floor: string): boolean {
  const [own, least] = [version, floor].map((text) => text.split('.').map(Number));
  const first = least!.findIndex((part, at) => own![at] !== part);
  return first >= 0 && own![first]! < least![first]!;
}

describe('defects of the whole that must not come back', () => {
  it('seed-14: no nonce is drawn from what can be foretold', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const { url, asked } = await scriptedPay(v2Failure('ORDERNOTEXIST'));
    const gateway = payV2To(url);
    const order = orderFor(ALICE);
    const prepaid = prepaidOf(order);
    for (let call = 0; call < 20; call += 1) await gateway.query(order);
    const nonces = [
      ...asked.map((fields) => fields.get('nonce_str')),
      ...Array.from({ length: 1_000 }, () => gateway.paymentRequest(prepaid).nonceStr),
    ];
    vi.restoreAllMocks();
    expect(nonces).toHaveLength(1_020);
    expect(new Set(nonces).size).toBe(1_020);
    for (const nonce of nonces) expect(nonce).toMatch(/^[0-9a-f]{32}$/);
  });

  it('seed-26: every package is pinned to a version and to its bytes, and that is what is installed', () => {
    expect(LOCKED.length).toBeGreaterThan(100);
    const loose = LOCKED.filter(
      ([, { version, integrity, resolved }]) =>
        !/^\d+\.\d+\.\d+/.test(version ?? '') ||
        !integrity?.startsWith('sha512-') ||
        (resolved !== undefined && !resolved.startsWith('https://registry.npmjs.org/')),
    );
    expect(loose).toEqual([]);
    for (const path of ['.ci/run', 'Dockerfile']) {
      expect(read(path), path).toMatch(/npm ci\b/);
      expect(read(path), path).not.toMatch(/npm (i|install)\b/);
    }
  });

  it('seed-26: no package is of a version with a known hole', () => {
    const versions = LOCKED.map(([place, { version }]) => [nameOf(place), version!] as const);
    const holed = versions.filter(([name, version]) => name in FLOORS && isBelow(version, FLOORS[name]!));
    expect(holed).toEqual([]);
    const names = new Set(versions.map(([name]) => name));
    for (const name of Object.keys(FLOORS)) expect(names).toContain(name);
    expect(versions.map((parts) => parts.join('@')).filter((name) => POISONED.has(name))).toEqual([]);
  });

  it.each([
    ['3.2.0', '3.2.1', true],
    ['3.2.1', '3.2.1', false],
    ['3.10.0', '3.2.1', false],
    ['2.99.99', '3.2.1', true],
    ['4.0.0', '3.2.1', false],
  ])('seed-26: %s is below %s: %s', (version, floor, expected) => expect(isBelow(version, floor)).toBe(expected));

  it('seed-27: every defect of our list has a test that is named after it', () => {
    const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.test.ts'));
    const titles = files.flatMap((file) => read(`test/seed/${file}`).match(/['"`]seed-\d{2}: /g) ?? []);
    const named = new Set(titles.map((title) => title.slice(1, 8)));
    const all = Array.from({ length: 27 }, (_, n) => `seed-${String(n + 1).padStart(2, '0')}`);
    expect([...named].toSorted((one, other) => one.localeCompare(other))).toEqual(all);
  });
});
