import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BILL_CODES, BILL_FILE_CODES } from '../../src/adapters/wechat/pay-v3/v3-error-codes.ts';
import type { V3StatementSettings } from '../../src/adapters/wechat/pay-v3/v3-statements.ts';
import { Outage } from '../../src/domain/outage.ts';
import { Secret } from '../../src/domain/secret.ts';
import type { TradeBillType } from '../../src/domain/statement/bill.ts';
import type { Day } from '../../src/domain/statement/day.ts';
import { BillTypeOff, CommentsOff } from '../../src/domain/statement/statement-refusals.ts';
import { billVector, FUNDS, OFFICIAL } from '../support/bill-texts.ts';
import { certifiedHost, MERCHANT_FILES, trustTestAuthority } from '../support/certified-host.ts';
import { FakeStatements, sampleTradeRow } from '../support/fake-statements.ts';
import { outageOf } from '../support/pay-troubles.ts';
import { billIn, bytesOf, readAll } from '../support/read-bill.ts';
import { hangUp, silence, status } from '../support/scripted-pay.ts';
import {
  MERCHANT_CERTIFICATE,
  PUBLIC_KEY_ID,
  refusing,
  saying,
  scriptedPayV3,
  secondsAt,
  signedWith,
  STRANGERS_KEY,
  V3_KEY,
  type V3Answering,
  type V3Asked,
  type V3Signing,
} from '../support/scripted-pay-v3.ts';
import { isOfMerchant, offering, sendingFile, statementsV3To } from '../support/scripted-statements-v3.ts';

const DAY = '2026-11-21' as Day;
const NOBODY = 'http://127.0.0.1:1';
/** A token with what gets lost on the way where an address is written anew. */
const FILE = '/v3/billdownload/file?token=HBn1%2FZnxH%2bVzO+crl|Rgx~(nm)==&tartype=gzip';
/** For those who are not answered at all; the first call has to be, and that in time. */
const IMPATIENT = { deadline: 200 };
const IMPATIENT_FOR_FILES = { answerDeadline: 150 };

/** Of what is asked for over TLS, nothing is kept. */
const NOT_READ: V3Asked = { method: '', path: '', headers: {}, body: '', fields: {} };

type Answering = V3Answering | Exclude<typeof hangUp, string>;

interface Script {
  readonly offer?: Answering;
  readonly file?: Answering;
}

const isForFile = ({ path }: V3Asked): boolean => !path.startsWith('/v3/bill/');

/** A WeChat that offers the published bill and sends it packed, unless it is told otherwise. */
async function asking(script: Script = {}, differences: Partial<V3StatementSettings> = {}) {
  const { offer = offering(OFFICIAL, FILE), file = sendingFile(gzipSync(OFFICIAL)) } = script;
  const { url, asked } = await scriptedPayV3((request, response, heard) =>
    (isForFile(heard) ? file : offer)(request, response, heard),
  );
  const files = () => asked.filter(isForFile);
  const offers = () => asked.filter((heard) => !isForFile(heard));
  return { asked, files, offers, url, statements: statementsV3To(url, differences) };
}

async function tradesFrom(script: Script, differences?: Partial<V3StatementSettings>) {
  const { statements } = await asking(script, differences);
  return readAll(billIn(await statements.tradeBill(DAY, 'ALL')));
}

/** The first answer, with something else in it. */
const offeringWith =
  (differences: object, signing: V3Signing = {}): V3Answering =>
  (request, response, asked) => {
    const hash_value = createHash('sha1').update(OFFICIAL).digest('hex');
    const download_url = `http://${request.headers.host}${FILE}`;
    saying({ hash_type: 'SHA1', hash_value, download_url, ...differences }, signing)(request, response, asked);
  };

const toldBy = async (script: Script, differences?: Partial<V3StatementSettings>) => {
  const { files, offers, statements } = await asking(script, differences);
  const answer = await statements.tradeBill(DAY, 'ALL');
  return { answer, offers: offers().length, files: files().length };
};

const unknown = (code: string) => ({ kind: 'unknown', outage: { code } });

const UNREADABLE = 'wechat-unreadable';
const BUSY = 'wechat-busy';
const OPERATOR = 'wechat-misconfigured';

/** As WeChat's older pages spell it. */
const plain = (code: string) => code.replaceAll('_', '');

beforeEach(() => {
  // Pauses before repeats are as long as chance will have them: here they are none.
  vi.spyOn(Math, 'random').mockReturnValue(0);
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a bill by version 3', () => {
  it.each([
    ['packed', gzipSync(OFFICIAL)],
    ['as plain text', OFFICIAL],
    ['in two packages', Buffer.concat([gzipSync(OFFICIAL.slice(0, 999)), gzipSync(OFFICIAL.slice(999))])],
  ])('is read %s, for its hash is that of the file unpacked', async (_how, body) => {
    const { rows, totals } = await tradesFrom({ file: sendingFile(body) });
    expect(rows).toHaveLength(45);
    expect(totals).toMatchObject({ count: 45, sums: { 订单总金额: '0.47', 手续费总金额: '0.08' } });
  });

  it('is handed on to the byte', async () => {
    const { statements } = await asking();
    expect(await bytesOf(billIn(await statements.tradeBill(DAY, 'ALL')))).toBe(OFFICIAL);
  });

  it('of money is read and compared with its sums', async () => {
    const { statements } = await asking({
      offer: offering(FUNDS, FILE),
      file: sendingFile(gzipSync(FUNDS)),
    });
    const { rows, totals } = await readAll(billIn(await statements.fundFlow(DAY, 'BASIC')));
    expect(rows).toMatchObject([{ direction: 'out', amount: 2, balance: 17, note: '缺货' }]);
    expect(totals).toMatchObject({ count: 1, sums: { 支出金额: '0.02' } });
  });

  it('is asked for in one call and fetched in another, each signed to the byte', async () => {
    const { asked, statements } = await asking();
    for (const type of ['ALL', 'SUCCESS', 'REFUND'] as const) billIn(await statements.tradeBill(DAY, type));
    for (const account of ['BASIC', 'OPERATION', 'FEES'] as const) billIn(await statements.fundFlow(DAY, account));
    const trades = ['ALL', 'SUCCESS', 'REFUND'].map(
      (type) => `/v3/bill/tradebill?bill_date=2026-11-21&bill_type=${type}&tar_type=GZIP`,
    );
    const funds = ['BASIC', 'OPERATION', 'FEES'].map(
      (account) => `/v3/bill/fundflowbill?bill_date=2026-11-21&account_type=${account}&tar_type=GZIP`,
    );
    expect(asked.map(({ path }) => path)).toEqual([...trades, ...funds].flatMap((path) => [path, FILE]));
    expect(asked.map(isOfMerchant)).toEqual(asked.map(() => true));
    expect(new Set(asked.map(({ headers }) => headers.authorization)).size).toBe(12);
    for (const { headers, method, body } of asked) {
      expect({ method, body }).toEqual({ method: 'GET', body: '' });
      expect(headers).toMatchObject({ accept: 'application/json', 'wechatpay-serial': PUBLIC_KEY_ID });
    }
  });

  it('is heard of and fetched on the spare host where the other cannot be reached', async () => {
    const { url, files } = await asking();
    const statements = statementsV3To(NOBODY, { backupBaseUrl: url });
    expect((await readAll(billIn(await statements.tradeBill(DAY, 'ALL')))).rows).toHaveLength(45);
    expect(files()).toHaveLength(1);
  });
});

describe('over TLS', () => {
  trustTestAuthority();

  it('shows no certificate, which version 2 has to', async () => {
    const paths: string[] = [];
    const host = await certifiedHost(
      (request, response) => {
        paths.push(request.url!);
        if (request.url === FILE) response.end(OFFICIAL);
        else offeringWith({ download_url: host.url + FILE })(request, response, NOT_READ);
      },
      { isRequired: false },
    );
    const certificate = { ...MERCHANT_CERTIFICATE, ...MERCHANT_FILES, key: new Secret(MERCHANT_FILES.key) };
    const statements = statementsV3To(host.url, { certificate });
    expect((await readAll(billIn(await statements.tradeBill(DAY, 'ALL')))).rows).toHaveLength(45);
    expect(paths).toEqual([expect.stringMatching(/^\/v3\/bill\/tradebill\?/), FILE]);
    expect(host.shown).toEqual([undefined, undefined]);
  });
});

describe('what is not signed', () => {
  it.each([
    ['another file than the one that was hashed', gzipSync(OFFICIAL), { hash_value: '0'.repeat(40) }],
    ['what is hashed packed', gzipSync(OFFICIAL), { hash_value: sha1(gzipSync(OFFICIAL)) }],
    ['another day’s file, whole and with its sums', FUNDS, {}],
    ['the file with one payer’s name changed', gzipSync(OFFICIAL.replace('oHkLxtx0vUqe', 'oHkLxtx0vUqf')), {}],
  ])('is no bill where it is %s', async (_what, body, differences) => {
    const script = { offer: offeringWith(differences), file: sendingFile(body) };
    await expect(tradesFrom(script)).rejects.toMatchObject({ code: UNREADABLE });
    const { statements } = await asking(script);
    const bytes = bytesOf(billIn(await statements.tradeBill(DAY, 'ALL')));
    await expect(bytes).rejects.toMatchObject({ code: UNREADABLE });
  });

  it.each([
    ['its sums are missing', OFFICIAL.slice(0, OFFICIAL.indexOf('总交易单数'))],
    ['it is cut in a row', OFFICIAL.slice(0, 3_000)],
    ['a sum is wrong', billVector('derived-all-mismatching-total')],
    ['it is JSON', '{"code":"NO_STATEMENT_EXIST","message":"请求的账单文件不存在"}'],
  ])('is no bill where %s, though its hash fits', async (_what, text) => {
    const script = { offer: offering(text, FILE), file: sendingFile(gzipSync(text)) };
    await expect(tradesFrom(script)).rejects.toMatchObject({ code: UNREADABLE });
  });

  it.each([
    ['cut', gzipSync(OFFICIAL).subarray(0, 2_000)],
    ['cut in its checksum', gzipSync(OFFICIAL).subarray(0, -2)],
    ['damaged', gzipSync(OFFICIAL).fill(0x55, 600, 640)],
  ])('is no bill where its package is %s', async (_how, body) => {
    await expect(tradesFrom({ file: sendingFile(body) })).rejects.toMatchObject({ code: UNREADABLE });
  });
});

function sha1(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}

describe('where a file is to be had', () => {
  it.each([
    ['another host', (_host: string, other: string) => other + FILE],
    ['another port', (host: string) => `http://${host.replace(/:\d+$/, ':1')}${FILE}`],
    ['another scheme', (host: string) => `https://${host}${FILE}`],
    ['the host’s name before another', (host: string) => `http://${host}@127.0.0.1:1${FILE}`],
    ['the host’s name as the head of another', () => `https://api.mch.weixin.qq.com.example${FILE}`],
    ['WeChat without TLS', () => `http://api.mch.weixin.qq.com${FILE}`],
    ['no host', () => 'file:///v3/billdownload/file'],
  ])('is not at %s: nothing is asked of anybody', async (_where, urlFrom) => {
    const other = await scriptedPayV3(sendingFile(gzipSync(OFFICIAL)));
    const offer: V3Answering = (request, response, asked) =>
      offeringWith({ download_url: urlFrom(request.headers.host!, other.url) })(request, response, asked);
    expect(await toldBy({ offer })).toMatchObject({ answer: unknown(UNREADABLE), offers: 1, files: 0 });
    expect(other.asked).toEqual([]);
  });

  it.each(['api', 'api2'])('is %s.mch.weixin.qq.com where we call WeChat by another name', async (name) => {
    const { files, statements } = await asking({
      offer: offeringWith({ download_url: `https://${name}.mch.weixin.qq.com${FILE}` }),
    });
    expect((await readAll(billIn(await statements.tradeBill(DAY, 'ALL')))).rows).toHaveLength(45);
    expect(files()).toHaveLength(1);
  });

  it.each([
    ['no download_url', { download_url: undefined }],
    ['a download_url of no kind', { download_url: FILE }],
    ['no hash', { hash_value: undefined }],
    ['half a hash', { hash_value: '0'.repeat(39) }],
    ['a hash of another kind', { hash_type: 'SHA256' }],
  ])('is nowhere with %s', async (_what, differences) => {
    const told = await toldBy({ offer: offeringWith(differences) });
    expect(told).toMatchObject({ answer: unknown(UNREADABLE), files: 0 });
  });

  it.each<[what: string, signing: V3Signing]>([
    ['without a signature', { signature: undefined }],
    ['without a serial number', { serial: undefined }],
    ['signed by somebody else', { key: STRANGERS_KEY }],
    ['signed with a key that nobody knows', { serial: 'PUB_KEY_ID_0000000000000000000000000000000000' }],
    ['signed for another body', { signature: signedWith('{}').find(([name]) => name.endsWith('Signature'))![1] }],
    ['signed six minutes ago', { timestamp: secondsAt(-360) }],
    ['as a probe', { signature: `WECHATPAY/SIGNTEST/${'A'.repeat(344)}` }],
  ])('is not believed %s', async (_what, signing) => {
    const told = await toldBy({ offer: offeringWith({}, signing) });
    expect(told).toMatchObject({ answer: unknown(UNREADABLE), offers: 3, files: 0 });
  });
});

describe('what WeChat says instead', () => {
  const CODES: Record<keyof typeof BILL_CODES, object> = {
    SYSTEM_ERROR: unknown(BUSY),
    BANK_ERROR: unknown(BUSY),
    SIGN_ERROR: unknown(OPERATOR),
    REQUEST_BLOCKED: unknown(OPERATOR),
    NO_STATEMENT_EXIST: { kind: 'empty' },
    STATEMENT_CREATING: { kind: 'not-ready' },
    INVALID_REQUEST: unknown(OPERATOR),
    PARAM_ERROR: unknown(OPERATOR),
    MCH_NOT_EXISTS: unknown(OPERATOR),
    NO_AUTH: unknown(OPERATOR),
  };

  const LISTED = Object.entries(CODES).flatMap(([code, answer]) =>
    [...new Set([code, plain(code)])].map((spelling) => [spelling, answer] as const),
  );

  it.each(LISTED)('is for %s what it means, with any status', async (code, answer) => {
    for (const http of [400, 403, 500]) {
      const { statements, files } = await asking({ offer: refusing(code, http) });
      expect(await statements.tradeBill(DAY, 'ALL')).toMatchObject(answer);
      expect(await statements.fundFlow(DAY, 'BASIC')).toMatchObject(answer);
      expect(files()).toEqual([]);
    }
  });

  it.each<[what: string, code: string, times: number, Answering]>([
    ['a code of no list', UNREADABLE, 1, refusing('SOMETHING_NEW')],
    ['a code of no list, with a 500', UNREADABLE, 3, refusing('SOMETHING_NEW', 500)],
    ['too often', BUSY, 1, refusing('FREQUENCY_LIMITED', 429)],
    ['too often, in other words', BUSY, 1, refusing('RATELIMIT_EXCEEDED', 403)],
    ['429', BUSY, 1, status(429) as Answering],
    ['503', BUSY, 3, status(503) as Answering],
    ['502 with HTML', UNREADABLE, 3, status(502, '<html>') as Answering],
    ['404 with HTML', UNREADABLE, 1, status(404, '<html>') as Answering],
    ['nothing to be done, signed', UNREADABLE, 3, saying('')],
    ['HTML, signed', UNREADABLE, 3, saying('<html>')],
    ['a hang-up', 'wechat-unreachable', 3, hangUp as Answering],
    ['silence', 'wechat-timeout', 1, silence as Answering],
  ])('is unknown for %s', async (_what, code, times, offer) => {
    const told = await toldBy({ offer }, offer === silence ? IMPATIENT : {});
    expect(told).toMatchObject({ answer: unknown(code), files: 0 });
    expect(told.offers).toBeGreaterThanOrEqual(Math.min(times, 2));
    expect(told.offers).toBeLessThanOrEqual(times);
  });
});

describe('what WeChat says instead of the file', () => {
  const CODES: Record<keyof typeof BILL_FILE_CODES, readonly [code: string, times: number]> = {
    SYSTEM_ERROR: [BUSY, 3],
    BANK_ERROR: [BUSY, 3],
    SIGN_ERROR: [OPERATOR, 1],
    REQUEST_BLOCKED: [OPERATOR, 1],
    NO_AUTH: [OPERATOR, 1],
  };

  it.each(Object.entries(CODES))('is for %s what it means, with any status', async (said, [code, times]) => {
    for (const http of [401, 500])
      expect(await toldBy({ file: refusing(said, http) })).toMatchObject({ answer: unknown(code), files: times });
  });

  it.each<[what: string, code: string, times: number, Answering]>([
    ['that its time is over', UNREADABLE, 1, refusing('INVALID_REQUEST', 400)],
    ['that it is not there', UNREADABLE, 1, refusing('NOT_FOUND', 404)],
    // Nobody signs it, and the day is known to have a bill.
    ['that the day is empty', UNREADABLE, 1, refusing('NO_STATEMENT_EXIST', 400)],
    ['that it was too often', BUSY, 1, refusing('FREQUENCY_LIMITED', 429)],
    ['429', BUSY, 1, status(429) as Answering],
    ['503', BUSY, 3, status(503) as Answering],
    ['502 with HTML', UNREADABLE, 3, status(502, '<html>') as Answering],
    ['403 with HTML', UNREADABLE, 1, status(403, '<html>') as Answering],
    ['206', UNREADABLE, 1, status(206, OFFICIAL) as Answering],
    ['204', UNREADABLE, 1, status(204) as Answering],
    ['an error without an end', UNREADABLE, 3, status(400, 'x'.repeat(65 * 1024)) as Answering],
    ['nothing', UNREADABLE, 3, sendingFile('')],
    ['a hang-up', 'wechat-unreachable', 3, hangUp as Answering],
    ['silence', 'wechat-timeout', 3, silence as Answering],
  ])('is unknown for %s', async (_what, code, times, file) => {
    const told = await toldBy({ file }, file === silence ? IMPATIENT_FOR_FILES : {});
    expect(told).toMatchObject({ answer: unknown(code), offers: 1 });
    expect(told.files).toBeGreaterThanOrEqual(Math.min(times, 2));
    expect(told.files).toBeLessThanOrEqual(times);
  });

  it('is not followed to another place', async () => {
    const other = await scriptedPayV3(sendingFile(gzipSync(OFFICIAL)));
    const file = status(302, '', { location: other.url + FILE }) as Answering;
    expect(await toldBy({ file })).toMatchObject({ answer: unknown(UNREADABLE), files: 1 });
    expect(other.asked).toEqual([]);
  });

  it('gives nothing away in its outages', async () => {
    const scripts: Script[] = [
      ...[hangUp, status(500, OFFICIAL), status(403, OFFICIAL)].map((file) => ({ file: file as Answering })),
      { file: refusing('SIGN_ERROR', 401) },
      ...[offeringWith({ download_url: NOBODY + FILE }), refusing('SIGN_ERROR', 401)].map((offer) => ({ offer })),
    ];
    for (const script of scripts) {
      const { statements } = await asking(script);
      const asked = statements.tradeBill(DAY, 'ALL');
      expect(await outageOf(asked, 'token', 'HBn1', 'autotest', V3_KEY, 'WECHATPAY2')).toBeInstanceOf(Outage);
    }
  });
});

describe('a file on its way', () => {
  const half =
    (then: (response: ServerResponse) => unknown): V3Answering =>
    (_request, response) => {
      response.writeHead(200);
      response.write(OFFICIAL.slice(0, 4_000), () => void then(response));
    };

  it('may take as long as it likes, so long as it comes', async () => {
    const drip: V3Answering = async (_request, response) => {
      for (let place = 0; place < OFFICIAL.length; place += 4_000) {
        response.write(OFFICIAL.slice(place, place + 4_000));
        await wait(60);
      }
      response.end();
    };
    expect((await tradesFrom({ file: drip }, { answerDeadline: 200, idleDeadline: 200 })).rows).toHaveLength(45);
  });

  it('may not fall silent', async () => {
    const reading = tradesFrom({ file: half(() => {}) }, { idleDeadline: 100 });
    await expect(reading).rejects.toMatchObject({ code: 'wechat-timeout' });
  });

  it('may not break off', async () => {
    const reading = tradesFrom({ file: half((response) => response.destroy()) });
    await expect(reading).rejects.toMatchObject({ code: 'wechat-unreachable' });
  });

  it('is hung up on by a reader who has had enough', async () => {
    const closed = Promise.withResolvers<void>();
    const { statements } = await asking({ file: half((response) => response.once('close', closed.resolve)) });
    for await (const row of billIn(await statements.tradeBill(DAY, 'ALL')).rows()) {
      expect(row.mchid).toBe('1921000401');
      break;
    }
    await closed.promise;
  });
});

describe('what only version 2 tells', () => {
  const [begin, end] = [new Date('2026-11-01T00:00:00Z'), new Date('2026-11-02T00:00:00Z')];

  it('is asked of version 2', async () => {
    const older = new FakeStatements();
    const comment = { at: begin, transactionId: '4200000', stars: 5, text: '好' };
    older.said = [comment];
    older.trades.set(DAY, [sampleTradeRow()]);
    const statements = statementsV3To(NOBODY, {}, older);
    expect(await statements.comments(begin, end)).toEqual({ kind: 'comments', comments: [comment] });
    const { rows } = await readAll(billIn(await statements.tradeBill(DAY, 'RECHARGE_REFUND')));
    expect(rows).toEqual([sampleTradeRow()]);
    expect(older.asked.at(-1)).toBe(`${DAY} RECHARGE_REFUND`);
  });

  it.each<TradeBillType>(['ALL', 'SUCCESS', 'REFUND'])('is not %s', async (type) => {
    const { url } = await asking();
    const older = new FakeStatements();
    const statements = statementsV3To(url, {}, older);
    expect((await statements.tradeBill(DAY, type)).kind).toBe('bill');
    expect((await statements.fundFlow(DAY, 'BASIC')).kind).toBe('bill');
    expect(older.asked).toEqual([]);
  });

  it('is refused where there is none, and WeChat is asked nothing', async () => {
    const { asked, statements } = await asking();
    await expect(statements.comments(begin, end)).rejects.toThrow(CommentsOff);
    await expect(statements.tradeBill(DAY, 'RECHARGE_REFUND')).rejects.toThrow(BillTypeOff);
    expect(asked).toEqual([]);
  });
});
