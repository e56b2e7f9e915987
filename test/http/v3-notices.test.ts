import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { NoticeVerdict, RawNotice } from '../../src/domain/order/notice-reader.ts';
import type { Client } from '../support/client.ts';
import { inJson, newTransaction, secondsFromNow, SPEECHES, v3Envelope } from '../support/notice-speech.ts';
import { PUBLIC_KEY_ID, signedWith, STRANGERS_KEY } from '../support/scripted-pay-v3.ts';
import { openShop, type Shop } from '../support/shop.ts';
import { STORAGES } from '../support/storages.ts';
import { V2_KEY } from '../support/test-config.ts';

const SEED_PATH = '/miniprogram_auth/wechatPayCallback';
const [V2, V3] = [SPEECHES.v2.path, SPEECHES.v3.path];

/** Headers go as they are, repeated ones repeated. */
async function post(client: Client, path: string, { headers, body }: RawNotice) {
  const { host } = new URL(client.url);
  const all = [['host', host], ['content-length', String(body.length)], ...headers].flat();
  const asking = request(`${client.url}${path}`, { method: 'POST', headers: all });
  asking.end(body);
  const [answer] = (await once(asking, 'response')) as [IncomingMessage];
  return { status: answer.statusCode, text: await text(answer) };
}

async function verdictsOf(client: Client): Promise<Map<string, number>> {
  const metrics = (await client.get('/metrics')).text;
  const found = metrics.matchAll(/^wexagon_payment_notices_total\{verdict="([^"]+)"\} (\d+)$/gm);
  return new Map(Array.from(found, ([, verdict, count]) => [verdict!, Number(count)]));
}

/** What became of a notice: the status, and the verdict that was counted. */
async function fateOf(client: Client, path: string, raw: RawNotice): Promise<readonly [number | undefined, string]> {
  const before = await verdictsOf(client);
  const { status, text: answer } = await post(client, path, raw);
  const after = await verdictsOf(client);
  const counted = [...after].filter(([verdict, count]) => count > (before.get(verdict) ?? 0));
  expect(counted).toHaveLength(1);
  if (status !== 200 && status !== 204) expect(answer).toContain('FAIL');
  return [status, counted[0]![0]];
}

/** An order over version 3 that is paid, of which nobody was told. */
async function open() {
  const shop = await openShop(await STORAGES[0]!.open(), { api: 'v3' });
  const client = await shop.serve();
  const { order, request: payment } = await shop.prepaid();
  expect(shop.wechat.payWith(payment)).toBe(true);
  return { shop, client, id: order.id as string };
}

type Fate = readonly [status: number, verdict: NoticeVerdict];

const FORGED: Fate = [401, 'forged'];
const UNKNOWN_KEY: Fate = [401, 'unknown-key'];
/** Where XML is spoken, it is no notice at all. */
const NO_XML: Fate = [400, 'malformed'];

interface Crossing {
  readonly what: string;
  readonly notice: (shop: Shop, id: string) => RawNotice;
  readonly atV3: Fate;
  readonly atV2: Fate;
}

/** Signed by WeChat with the one, and saying that it is the other. */
const signedBut = ({ wechat }: Shop, id: string, by: 'certificate' | 'public-key', serial?: string): RawNotice => {
  wechat.signNoticesWith(by);
  return wechat.noticeOf(id, serial === undefined ? {} : { serial })!;
};

const serialIn = ({ headers }: RawNotice): string => headers.find(([name]) => name === 'Wechatpay-Serial')![1];

/** Whoever writes what at which door. */
const CROSSINGS: readonly Crossing[] = [
  {
    what: 'a body of version 2',
    notice: (_shop, id) => SPEECHES.v2.genuine(id),
    atV3: FORGED,
    atV2: [200, 'paid'],
  },
  {
    what: 'a body of version 2 that is signed as version 3 signs',
    notice: (_shop, id) => inJson(SPEECHES.v2.genuine(id).body),
    atV3: [400, 'malformed'],
    atV2: [200, 'paid'],
  },
  {
    what: 'a body of version 2, signed with the key of another merchant',
    notice: (_shop, id) => SPEECHES.v2.forgery(0, id),
    atV3: FORGED,
    atV2: FORGED,
  },
  {
    what: 'what WeChat tells in version 3',
    notice: ({ wechat }, id) => wechat.noticeOf(id)!,
    atV3: [204, 'paid'],
    atV2: NO_XML,
  },
  {
    what: 'what WeChat tells another merchant in version 3',
    notice: (_shop, id) => inJson(v3Envelope(id, newTransaction(), '0'.repeat(32))),
    atV3: FORGED,
    atV2: NO_XML,
  },
  {
    what: 'what is sealed with the key of version 2',
    notice: (_shop, id) => inJson(v3Envelope(id, newTransaction(), V2_KEY)),
    atV3: FORGED,
    atV2: NO_XML,
  },
  {
    what: 'what a stranger signs in WeChat’s name',
    notice: (_shop, id) => inJson(v3Envelope(id, newTransaction()), { key: STRANGERS_KEY }),
    atV3: FORGED,
    atV2: NO_XML,
  },
  {
    what: 'what is signed with a weaker hash, and says so',
    notice: ({ wechat }, id) => wechat.noticeOf(id, { sign: 'downgrade' })!,
    atV3: FORGED,
    atV2: NO_XML,
  },
  {
    what: 'what is signed rightly and names another algorithm',
    notice: ({ wechat }, id) => naming(wechat.noticeOf(id)!, 'WECHATPAY2-SM2-WITH-SM3'),
    atV3: FORGED,
    atV2: NO_XML,
  },
  {
    what: 'what is signed with a weaker hash and names the right one',
    notice: ({ wechat }, id) => naming(wechat.noticeOf(id, { sign: 'downgrade' })!, 'WECHATPAY2-SHA256-RSA2048'),
    atV3: FORGED,
    atV2: NO_XML,
  },
  {
    what: 'what names a certificate that there is not',
    notice: (shop, id) => signedBut(shop, id, 'certificate', '5157F09EFDC096DE15EBE81A47057A7232F1B8E1'),
    atV3: UNKNOWN_KEY,
    atV2: NO_XML,
  },
  {
    what: 'what names the public key of another merchant',
    notice: (shop, id) => signedBut(shop, id, 'public-key', 'PUB_KEY_ID_0119000001092024101500000000000000'),
    atV3: UNKNOWN_KEY,
    atV2: NO_XML,
  },
  {
    what: 'what names the public key and is signed with a certificate’s',
    notice: (shop, id) => signedBut(shop, id, 'certificate', PUBLIC_KEY_ID),
    atV3: FORGED,
    atV2: NO_XML,
  },
  {
    what: 'what names a certificate and is signed with the public key',
    notice: (shop, id) => signedBut(shop, id, 'public-key', serialIn(signedBut(shop, id, 'certificate'))),
    atV3: FORGED,
    atV2: NO_XML,
  },
  {
    what: 'what is signed with a certificate and says so',
    notice: (shop, id) => signedBut(shop, id, 'certificate'),
    atV3: [204, 'paid'],
    atV2: NO_XML,
  },
];

function naming({ headers, body }: RawNotice, algorithm: string): RawNotice {
  const others = headers.filter(([name]) => name !== 'Wechatpay-Signature-Type');
  return { headers: [...others, ['Wechatpay-Signature-Type', algorithm]], body };
}

describe('a notice at the door of either version', () => {
  it.each(CROSSINGS)('$what', async ({ notice, atV2, atV3 }) => {
    for (const [path, fate] of [
      [V3, atV3],
      [V2, atV2],
      [SEED_PATH, atV2],
    ] as const) {
      const { client, id, shop } = await open();
      expect(await fateOf(client, path, notice(shop, id)), path).toEqual(fate);
      expect((await shop.find(id)).state).toBe(fate[1] === 'paid' ? 'paid' : 'prepaid');
    }
  });
});

describe('a genuine notice', () => {
  it.each(['application/json', 'text/xml; charset=', 'xml', 'a/b/c', '/', ';', ''])(
    'is read whatever its type is called: %j',
    async (type) => {
      for (const api of ['v3', 'v2'] as const) {
        const { client, id, shop } = await open();
        const { body, headers } = api === 'v3' ? shop.wechat.noticeOf(id)! : SPEECHES.v2.genuine(id);
        const others = headers.filter(([name]) => name.toLowerCase() !== 'content-type');
        const raw = { headers: [['Content-Type', type] as const, ...others], body };
        expect(await fateOf(client, SPEECHES[api].path, raw)).toEqual([api === 'v3' ? 204 : 200, 'paid']);
      }
    },
  );
});

const STALE: Fate = [401, 'stale'];
const TAKEN: Fate = [204, 'paid'];

describe('the time that a notice of version 3 is signed at', () => {
  it.each<[what: string, values: () => string[], Fate]>([
    ['301 s ago', () => [secondsFromNow(-301)], STALE],
    ['299 s ago', () => [secondsFromNow(-299)], TAKEN],
    ['now', () => [secondsFromNow(0)], TAKEN],
    ['in 299 s', () => [secondsFromNow(299)], TAKEN],
    ['in 301 s', () => [secondsFromNow(301)], STALE],
    ['missing', () => [], FORGED],
    ['empty', () => [''], FORGED],
    ['negative', () => [`-${secondsFromNow(0)}`], FORGED],
    ['a fraction', () => [`${secondsFromNow(0)}.5`], FORGED],
    ['with an exponent', () => ['1.8e9'], FORGED],
    ['in milliseconds', () => [`${secondsFromNow(0)}000`], FORGED],
    ['of 20 digits', () => [`${secondsFromNow(0)}0000000000`], FORGED],
    ['with zeros in front', () => [`00${secondsFromNow(0)}`], FORGED],
    ['there twice', () => [secondsFromNow(0), secondsFromNow(0)], FORGED],
    ['there twice, and once stale', () => [secondsFromNow(0), secondsFromNow(-400)], FORGED],
  ])('%s', async (_what, values, fate) => {
    const { client, id, shop } = await open();
    const { body } = shop.wechat.noticeOf(id)!;
    const [timestamp] = values();
    const rest = signedWith(body, { timestamp: timestamp ?? '' }).filter(([name]) => name !== 'Wechatpay-Timestamp');
    const times = values().map((value) => ['Wechatpay-Timestamp', value] as const);
    const raw = { headers: [['content-type', 'application/json'] as const, ...rest, ...times], body };
    expect(await fateOf(client, V3, raw)).toEqual(fate);
    expect((await shop.find(id)).state).toBe(fate === TAKEN ? 'paid' : 'prepaid');
  });

  it.each(['Timestamp', 'Nonce', 'Signature', 'Serial'])(
    'and its %s are there once, whatever their case',
    async (part) => {
      const { client, id, shop } = await open();
      const raw = shop.wechat.noticeOf(id)!;
      const name = `Wechatpay-${part}`;
      const [, value] = raw.headers.find(([other]) => other === name)!;
      const twice = { ...raw, headers: [...raw.headers, [name.toUpperCase(), value] as const] };
      expect(await fateOf(client, V3, twice)).toEqual(FORGED);
      const lower = { ...raw, headers: raw.headers.map(([other, said]) => [other.toLowerCase(), said] as const) };
      expect(await fateOf(client, V3, lower)).toEqual(TAKEN);
    },
  );
});
