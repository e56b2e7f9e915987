import { createPublicKey, type KeyObject, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { faultOf } from '../../src/adapters/wechat/pay-client/pay-fault.ts';
import { PlatformKeys } from '../../src/adapters/wechat/pay-v3/platform-keys.ts';
import type { PayV3Settings } from '../../src/adapters/wechat/pay-v3/v3-settings.ts';
import { WechatPayV3 } from '../../src/adapters/wechat/pay-v3/wechat-pay-v3.ts';
import { isSignedV3, readAuthorizationV3, v3RequestMessage } from '../../src/adapters/wechat/protocol/v3-signature.ts';
import { DAY, HOUR, later, MINUTE } from '../../src/domain/clock.ts';
import { Outage } from '../../src/domain/outage.ts';
import { Secret } from '../../src/domain/secret.ts';
import { MCHID, NOON } from '../support/samples.ts';
import {
  KeptCertificates,
  listed,
  MERCHANT_CERTIFICATE,
  NEW_KEY,
  OLD_KEY,
  PUBLIC_KEY_ID,
  refusing,
  type SampleCertificate,
  saying,
  scriptedPayV3,
  secondsAt,
  settingsTo,
  signedWith,
  STRANGERS_KEY,
  type V3Answering,
  type V3Signing,
  WECHAT_KEY,
} from '../support/scripted-pay-v3.ts';
import { hangUp, silence, status } from '../support/scripted-pay.ts';
import { TestClock } from '../support/test-clock.ts';

const NOBODY = 'http://127.0.0.1:1';
const OLD = { serial: '0A1B2C3D4E5F60718293A4B5C6D7E8F901234567', key: OLD_KEY } satisfies SampleCertificate;
const NEW = { serial: '5157F09EFDC096DE15EBE81A47057A7232F1B8E1', key: NEW_KEY, startsAt: later(NOON, -HOUR) };
const CERTIFICATES = { publicKey: null };

/** A list of WeChat's, signed by the last of them. */
const list = (...certificates: SampleCertificate[]) => ({ data: certificates.map((one) => listed(one)) });
const listing = (...certificates: SampleCertificate[]): V3Answering =>
  saying(list(...certificates), certificates.at(-1));

/** Keys that are fetched from a host that answers as it is told. */
async function keysOf(answers: readonly V3Answering[], differences: Partial<PayV3Settings> = CERTIFICATES) {
  const host = await scriptedPayV3(...answers);
  const [clock, repository] = [new TestClock(), new KeptCertificates()];
  const settings = settingsTo(host.url, differences);
  const start = (more: Partial<PayV3Settings> = {}) => new PlatformKeys({ ...settings, ...more }, clock, repository);
  return { ...host, settings, clock, repository, start, keys: start() };
}

const isKey = (found: KeyObject | undefined, key: KeyObject) => found?.equals(createPublicKey(key)) ?? false;

async function outageIn(failing: Promise<unknown>): Promise<{ code: string; why: string | undefined }> {
  const error: unknown = await failing.catch((thrown: unknown) => thrown);
  if (!(error instanceof Outage)) throw new Error('no outage');
  return { code: error.code, why: faultOf(error)?.message };
}

const newSerial = () => randomBytes(20).toString('hex').toUpperCase();

describe('the public key', () => {
  it('is found by its id, and nobody is asked', async () => {
    const { keys, asked, repository } = await keysOf([silence as V3Answering], {});
    expect(isKey(await keys.find(PUBLIC_KEY_ID), WECHAT_KEY)).toBe(true);
    expect([asked.length, repository.reads]).toEqual([0, 0]);
  });

  it.each([
    'PUB_KEY_ID_0000000000000000000000000000',
    PUBLIC_KEY_ID.toLowerCase(),
    PUBLIC_KEY_ID.slice(0, -1),
    `${PUBLIC_KEY_ID}0`,
    '',
    'toString',
  ])('is not found by %j, and nobody is asked', async (serial) => {
    const { keys, asked } = await keysOf([silence as V3Answering], {});
    expect(await keys.find(serial)).toBeUndefined();
    expect(asked).toEqual([]);
  });

  it('is what is sealed with, whatever certificates there are', async () => {
    const { keys } = await keysOf([listing(OLD)], {});
    await keys.refresh();
    expect((await keys.newest())?.serial).toBe(PUBLIC_KEY_ID);
    expect(keys.expiresAt()).toBeNull();
  });

  it('needs no certificates: that WeChat has none is fine, and is not asked again for ten hours', async () => {
    const { keys, asked, clock, start, repository } = await keysOf([refusing('RESOURCE_NOT_EXISTS', 404)], {});
    await keys.refresh();
    clock.pass(10 * HOUR - 1);
    await keys.refresh();
    await start().refresh();
    expect(asked).toHaveLength(1);
    expect(repository.kept).toEqual({ mchid: MCHID, fetchedAt: NOON, sealed: [] });
    clock.pass(1);
    await keys.refresh();
    expect(asked).toHaveLength(2);
  });

  it('has the list of certificates signed with it, and may find them beside it', async () => {
    const { keys, asked } = await keysOf([saying(list(OLD, NEW))], {});
    expect(isKey(await keys.find(OLD.serial), OLD_KEY)).toBe(true);
    expect(isKey(await keys.find(NEW.serial), NEW_KEY)).toBe(true);
    expect(isKey(await keys.find(PUBLIC_KEY_ID), WECHAT_KEY)).toBe(true);
    expect(asked.map(({ headers }) => headers['wechatpay-serial'])).toEqual([PUBLIC_KEY_ID]);
  });
});

describe('a list of certificates', () => {
  it('is asked for in the merchant’s name', async () => {
    const { keys, asked } = await keysOf([listing(OLD)]);
    await keys.refresh();
    const [{ method, path, headers, body }] = asked as [(typeof asked)[0]];
    const said = readAuthorizationV3(headers.authorization as string)!;
    const message = Buffer.from(v3RequestMessage({ ...said, method, url: path, body }));
    expect([method, path, said.mchid]).toEqual(['GET', '/v3/certificates', MCHID]);
    expect(isSignedV3(message, said.signature, createPublicKey(MERCHANT_CERTIFICATE.cert))).toBe(true);
    expect(headers).not.toHaveProperty('wechatpay-serial');
  });

  it('is signed with one that is in it, and each of it is good', async () => {
    const { keys, asked } = await keysOf([saying(list(OLD, NEW), OLD)]);
    expect(isKey(await keys.find(NEW.serial), NEW_KEY)).toBe(true);
    expect(isKey(await keys.find(OLD.serial), OLD_KEY)).toBe(true);
    expect(await keys.newest()).toMatchObject({ serial: NEW.serial });
    expect(asked).toHaveLength(1);
  });

  it('may be signed with one that is known and in it no more', async () => {
    const { keys, clock } = await keysOf([listing(OLD), saying(list(NEW), { ...OLD, timestamp: secondsAt(36_000) })]);
    await keys.refresh();
    clock.pass(10 * HOUR);
    await keys.refresh();
    expect(isKey(await keys.find(NEW.serial), NEW_KEY)).toBe(true);
  });

  it.each<[what: string, V3Signing]>([
    ['by a stranger', { ...OLD, key: STRANGERS_KEY }],
    ['with a key that is not in it', { ...NEW }],
    ['by nobody', { ...OLD, signature: undefined }],
    ['with a probe', { ...OLD, signature: 'WECHATPAY/SIGNTEST/AAAA' }],
    ['six minutes ago', { ...OLD, timestamp: secondsAt(-360) }],
    ['with a public key of nobody', { key: OLD_KEY, serial: PUBLIC_KEY_ID }],
  ])('that is signed %s is none', async (_what, signing) => {
    const { keys, repository } = await keysOf([saying(list(OLD), signing)]);
    expect((await outageIn(keys.refresh())).code).toBe('wechat-unreadable');
    expect(await keys.find(OLD.serial)).toBeUndefined();
    expect(await keys.newest()).toBeUndefined();
    expect(repository.kept).toBeUndefined();
  });

  it('that our key does not open is for the operator', async () => {
    const sealed = { data: [listed(OLD, '0'.repeat(32))] };
    for (const body of [sealed, { data: [] }, { data: {} }, { data: [null, 7, 'x'] }, {}]) {
      const { keys } = await keysOf([saying(body, OLD)]);
      const why = 'no certificate that the APIv3 key opens';
      expect(await outageIn(keys.refresh())).toEqual({ code: 'wechat-misconfigured', why });
    }
  });

  const whole = listed(NEW);
  const box = whole.encrypt_certificate;

  it.each<[what: string, object]>([
    ['another serial number than it says', { ...whole, serial_no: newSerial() }],
    ['its serial number in small letters', { ...whole, serial_no: NEW.serial.toLowerCase() }],
    ['no serial number', { ...whole, serial_no: undefined }],
    ['another cipher', { ...whole, encrypt_certificate: { ...box, algorithm: 'AEAD_SM4_GCM' } }],
    ['another nonce', { ...whole, encrypt_certificate: { ...box, nonce: '61f9c719728b' } }],
    ['other associated_data', { ...whole, encrypt_certificate: { ...box, associated_data: 'transaction' } }],
    ['nothing sealed', { ...whole, encrypt_certificate: undefined }],
    ['something else sealed', listed({ ...NEW, key: OLD_KEY, serial: '00' })],
  ])('leaves out one with %s', async (_what, other) => {
    const { keys } = await keysOf([saying({ data: [other, listed(OLD)] }, OLD)]);
    await keys.refresh();
    expect(isKey(await keys.find(OLD.serial), OLD_KEY)).toBe(true);
    expect(await keys.find(NEW.serial)).toBeUndefined();
  });

  it('may have blanks behind its names', async () => {
    const { encrypt_certificate, serial_no, ...times } = listed(OLD);
    const blank = (fields: object) =>
      Object.fromEntries(Object.entries(fields).map(([name, value]) => [`${name} `, value]));
    const data = [blank({ ...times, serial_no, encrypt_certificate: blank(encrypt_certificate) })];
    const { keys, start } = await keysOf([saying({ data }, OLD)]);
    expect(isKey(await keys.find(OLD.serial), OLD_KEY)).toBe(true);
    expect(isKey(await start({ baseUrl: NOBODY }).find(OLD.serial), OLD_KEY)).toBe(true);
  });

  it('has two of one key told apart by their serial numbers', async () => {
    const twin = { ...OLD, serial: NEW.serial };
    const { keys } = await keysOf([listing(OLD)]);
    await keys.refresh();
    expect(await keys.find(twin.serial)).toBeUndefined();
  });

  it.each<[string, V3Answering, code: string]>([
    ['WeChat has none', refusing('RESOURCE_NOT_EXISTS', 404), 'wechat-misconfigured'],
    ['our signature is none', refusing('SIGN_ERROR', 401), 'wechat-misconfigured'],
    ['WeChat is busy', refusing('FREQUENCY_LIMITED', 429), 'wechat-busy'],
    ['WeChat fails', status(500) as V3Answering, 'wechat-unreadable'],
    ['WeChat hangs up', hangUp as V3Answering, 'wechat-unreachable'],
    ['WeChat says nothing', saying('', OLD), 'wechat-unreadable'],
    ['what comes is no JSON', saying('<html>', OLD), 'wechat-unreadable'],
  ])('is not there when %s', async (_what, answer, code) => {
    const { keys, asked } = await keysOf([answer]);
    expect((await outageIn(keys.refresh())).code).toBe(code);
    expect(asked).toHaveLength(1);
    expect(await keys.find(OLD.serial)).toBeUndefined();
    expect(await keys.newest()).toBeUndefined();
    expect(keys.expiresAt()).toBeNull();
  });
});

describe('a certificate that has run out', () => {
  const shortly: SampleCertificate = { ...OLD, expiresAt: later(NOON, MINUTE) };

  it('verifies nothing more', async () => {
    const { keys, clock, asked } = await keysOf([listing(shortly)]);
    expect(isKey(await keys.find(OLD.serial), OLD_KEY)).toBe(true);
    expect(keys.expiresAt()).toEqual(later(NOON, MINUTE));
    clock.pass(MINUTE);
    expect(await keys.find(OLD.serial)).toBeUndefined();
    expect(await keys.newest()).toBeUndefined();
    // It was looked for, and the list that came was signed with it.
    expect(asked).toHaveLength(2);
  });

  it('is not taken from a list, and signs none', async () => {
    const over = { ...OLD, expiresAt: NOON };
    const { keys } = await keysOf([saying(list(over, NEW), NEW), saying(list(over, NEW), over)]);
    await keys.refresh();
    expect(await keys.find(OLD.serial)).toBeUndefined();
    const second = await keysOf([saying(list(over, NEW), over)]);
    expect((await outageIn(second.keys.refresh())).code).toBe('wechat-unreadable');
  });

  it('of several, the last is told of', async () => {
    const { keys } = await keysOf([listing(shortly, NEW)]);
    await keys.refresh();
    expect(keys.expiresAt()).toEqual(later(NOON, 5 * 365 * DAY));
  });
});

describe('a serial number that nobody knows', () => {
  it('has WeChat asked again after seconds where it could not say', async () => {
    const { keys, asked, clock } = await keysOf([status(500) as V3Answering, listing(OLD)]);
    expect(await keys.find(OLD.serial)).toBeUndefined();
    expect(keys.isBehind).toBe(true);
    clock.pass(4_000);
    expect(await keys.find(OLD.serial)).toBeUndefined();
    expect(asked).toHaveLength(1);
    clock.pass(1_000);
    expect(isKey(await keys.find(OLD.serial), OLD_KEY)).toBe(true);
    expect(keys.isBehind).toBe(false);
  });

  it('has WeChat asked once a minute at most, however many there are', async () => {
    const { keys, asked, clock, repository } = await keysOf([listing(OLD)]);
    const flood = () => Promise.all(Array.from({ length: 5_000 }, () => keys.find(newSerial())));
    for (const round of [1, 1, 2]) {
      expect((await flood()).every((key) => key === undefined)).toBe(true);
      expect(asked).toHaveLength(round);
      clock.pass(40_000);
    }
    expect(isKey(await keys.find(OLD.serial), OLD_KEY)).toBe(true);
    expect(repository.reads).toBe(1);
  });

  it('has WeChat asked once a minute at most when it fails, too', async () => {
    for (const answer of [status(500), hangUp, refusing('RESOURCE_NOT_EXISTS', 404)]) {
      const { keys, asked, clock } = await keysOf([answer as V3Answering]);
      for (let call = 0; call < 20; call += 1) expect(await keys.find(newSerial())).toBeUndefined();
      expect(asked).toHaveLength(1);
      clock.pass(MINUTE);
      await keys.find(newSerial());
      expect(asked).toHaveLength(2);
    }
  });

  it('is not waited for longer than whoever sent a notice waits', async () => {
    const { keys } = await keysOf([silence as V3Answering], { ...CERTIFICATES, deadline: 100 });
    expect(await keys.find(newSerial())).toBeUndefined();
  });

  it('does not wait for an hour because a clock was set back', async () => {
    const { keys, asked, clock } = await keysOf([listing(OLD), (...all) => listing(OLD)(...all)]);
    await keys.find(newSerial());
    clock.pass(-HOUR);
    await keys.find(newSerial());
    expect(asked).toHaveLength(2);
  });

  it.each([
    '5157f09efdc096de15ebe81a47057a7232f1b8e1',
    '5157F09EFDC096DE15EBE81A47057A7232F1B8E1 ',
    '51:57',
    'F'.repeat(41),
    '',
  ])('that is none, like %j, is not asked about', async (serial) => {
    const { keys, asked } = await keysOf([listing(NEW)]);
    expect(await keys.find(serial)).toBeUndefined();
    expect(asked).toEqual([]);
  });
});

describe('over a rotation', () => {
  const body = JSON.stringify({ event_type: 'MCHTRANSFER.BILL.FINISHED' });
  const noticeBy = ({ serial, key }: SampleCertificate, timestamp = secondsAt(0)) => ({
    headers: signedWith(body, { serial, key, timestamp }),
    body: Buffer.from(body),
  });

  it('none of 2,000 notices is refused, without a restart and with WeChat asked twice', async () => {
    const { keys, asked, settings, clock } = await keysOf([listing(OLD), listing(OLD, NEW)]);
    const gateway = new WechatPayV3(settings, clock, keys);
    await keys.refresh();
    const [old, fresh] = [noticeBy(OLD), noticeBy(NEW)];
    const notices = Array.from({ length: 2_000 }, (_, at) => (at < 1_000 || at % 3 === 0 ? old : fresh));
    const readings = await Promise.all(notices.map((notice) => gateway.readNotice(notice)));
    expect(readings.filter(({ kind }) => kind !== 'ignored')).toEqual([]);
    expect(asked).toHaveLength(2);
  });

  it('one that is listed no more is good for a day yet', async () => {
    const signing = (seconds: number) => ({ ...NEW, timestamp: secondsAt(seconds) });
    const { keys, clock } = await keysOf([
      listing(OLD),
      saying(list(OLD, NEW), signing(36_000)),
      saying(list(NEW), signing(72_000)),
      saying(list(NEW), signing(36_000 + 86_400)),
    ]);
    await keys.refresh();
    clock.pass(10 * HOUR);
    await keys.refresh();
    clock.pass(10 * HOUR);
    await keys.refresh();
    expect(isKey(await keys.find(OLD.serial), OLD_KEY)).toBe(true);
    clock.pass(14 * HOUR);
    await keys.refresh();
    expect(await keys.find(OLD.serial)).toBeUndefined();
    expect(isKey(await keys.find(NEW.serial), NEW_KEY)).toBe(true);
  });

  it('from certificates to the public key, both are good', async () => {
    const { keys, settings, clock } = await keysOf([saying(list(OLD))], {});
    const gateway = new WechatPayV3(settings, clock, keys);
    const both = [noticeBy(OLD), noticeBy({ serial: PUBLIC_KEY_ID, key: WECHAT_KEY })];
    for (const notice of both) expect((await gateway.readNotice(notice)).kind).toBe('ignored');
  });
});

describe('a restart', () => {
  it('needs nobody to ask', async () => {
    const { keys, start, repository } = await keysOf([listing(OLD, NEW)]);
    await keys.refresh();
    const again = start({ baseUrl: NOBODY, backupBaseUrl: NOBODY });
    expect(isKey(await again.find(OLD.serial), OLD_KEY)).toBe(true);
    expect(await again.newest()).toMatchObject({ serial: NEW.serial });
    await again.refresh();
    expect(again.expiresAt()).toEqual(later(NOON, 5 * 365 * DAY));
    expect(JSON.stringify(repository.kept)).not.toContain('BEGIN');
  });

  it('reads what was kept once', async () => {
    const { start, keys, repository } = await keysOf([listing(OLD)]);
    await keys.refresh();
    repository.reads = 0;
    const again = start();
    await Promise.all(Array.from({ length: 100 }, () => again.find(OLD.serial)));
    for (let call = 0; call < 10; call += 1) await again.find(newSerial());
    expect(repository.reads).toBe(1);
  });

  it.each<[what: string, (sealed: string) => string]>([
    ['with another key', () => JSON.stringify(listed(OLD, '0'.repeat(32)))],
    ['under another serial number', (sealed) => sealed.replace(OLD.serial, NEW.serial)],
    ['and then changed', (sealed) => sealed.replace(/.(?="\}\}$)/, '#')],
    ['and is no JSON', () => '{'],
  ])('does not believe what was kept sealed %s, and asks', async (_what, harm) => {
    const { keys, start, repository, asked } = await keysOf([listing(OLD)]);
    await keys.refresh();
    const { kept } = repository;
    repository.kept = { ...kept!, sealed: kept!.sealed.map(harm) };
    expect(repository.kept).not.toEqual(kept);
    const again = start();
    expect(await again.find(NEW.serial)).toBeUndefined();
    expect(isKey(await again.find(OLD.serial), OLD_KEY)).toBe(true);
    expect(asked).toHaveLength(2);
  });

  it('with another APIv3 key knows nothing of what was kept', async () => {
    const { keys, start } = await keysOf([listing(OLD)]);
    await keys.refresh();
    expect(await start({ key: new Secret('0'.repeat(32)) }).find(OLD.serial)).toBeUndefined();
  });
});

describe('refreshing', () => {
  const late = (hours: number) => ({ ...OLD, timestamp: secondsAt(hours * 3_600) });

  it('asks once in ten hours, however often it is called', async () => {
    const { keys, asked, clock } = await keysOf([listing(OLD), saying(list(OLD), late(10))]);
    for (let hour = 0; hour < 12; hour += 1) {
      await keys.refresh();
      clock.pass(HOUR);
    }
    expect(asked).toHaveLength(2);
  });

  it('asks once for many who call at once', async () => {
    const { keys, asked } = await keysOf([listing(OLD)]);
    await Promise.all([keys.refresh(), keys.refresh(), keys.find(OLD.serial), keys.newest()]);
    expect(asked).toHaveLength(1);
  });

  it('asks nobody where another instance has asked', async () => {
    const { keys, start, asked, clock } = await keysOf([listing(OLD), saying(list(OLD, NEW), late(10))]);
    const other = start();
    await keys.refresh();
    await other.refresh();
    clock.pass(10 * HOUR);
    await keys.refresh();
    await other.refresh();
    expect(asked).toHaveLength(2);
    expect(isKey(await other.find(NEW.serial), NEW_KEY)).toBe(true);
    expect(asked).toHaveLength(2);
  });

  it('that fails leaves what is known, and is tried again', async () => {
    const { keys, clock, asked } = await keysOf([listing(OLD), hangUp as V3Answering, saying(list(OLD), late(10))]);
    await keys.refresh();
    clock.pass(10 * HOUR);
    expect((await outageIn(keys.refresh())).code).toBe('wechat-unreachable');
    expect(isKey(await keys.find(OLD.serial), OLD_KEY)).toBe(true);
    await keys.refresh();
    expect(asked).toHaveLength(3);
  });

  it('goes on when a clock was set back', async () => {
    const { keys, asked, clock } = await keysOf([listing(OLD), saying(list(OLD), late(-24))]);
    await keys.refresh();
    clock.pass(-24 * HOUR);
    await keys.refresh();
    expect(asked).toHaveLength(2);
  });
});

describe('trouble with the storage', () => {
  const trouble = new Outage('storage-unavailable', 'no storage');

  it('is told, and is over when it is over', async () => {
    const { keys, repository } = await keysOf([listing(OLD)]);
    repository.trouble = trouble;
    await expect(keys.find(OLD.serial)).rejects.toBe(trouble);
    await expect(keys.newest()).rejects.toBe(trouble);
    await expect(keys.refresh()).rejects.toBe(trouble);
    repository.trouble = undefined;
    expect(isKey(await keys.find(OLD.serial), OLD_KEY)).toBe(true);
  });

  it('when a list is to be kept does not keep it from being known', async () => {
    const { keys, repository } = await keysOf([
      (...all) => {
        repository.trouble = trouble;
        listing(OLD)(...all);
      },
    ]);
    expect(isKey(await keys.find(OLD.serial), OLD_KEY)).toBe(true);
    expect(repository.kept).toBeUndefined();
  });

  it('of another kind is not hidden', async () => {
    const { keys, repository } = await keysOf([
      (...all) => {
        repository.trouble = new TypeError('a bug');
        listing(OLD)(...all);
      },
    ]);
    await expect(keys.find(OLD.serial)).rejects.toThrow('a bug');
  });
});
