import {
  type CipherGCMTypes,
  constants,
  createCipheriv,
  createPublicKey,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
} from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openAead, sealAead, type SealedV3, UnreadableAead } from '../../src/adapters/wechat/protocol/aead.ts';
import { readCertificate, readPrivateKey } from '../../src/adapters/wechat/protocol/certificate.ts';
import { openOaep, sealOaep, UnreadableOaep } from '../../src/adapters/wechat/protocol/oaep.ts';
import { flippedBits } from '../support/flipped-bits.ts';
import aeadFile from '../vectors/v3-aead.json' with { type: 'json' };
import oaepFile from '../vectors/v3-oaep.json' with { type: 'json' };

interface Vector {
  readonly name: string;
  readonly op: string;
  readonly inputs: {
    readonly key?: string;
    readonly nonce?: string;
    readonly associated_data?: string;
    readonly ciphertext?: string;
    readonly plaintext?: string;
    readonly require256?: boolean;
    readonly privateKey?: string;
    readonly publicKey?: string;
    readonly padding?: string;
    readonly plaintextBytes?: number;
  };
  readonly expected: {
    readonly plaintext?: string;
    readonly ciphertext?: string;
    readonly error?: boolean;
    readonly fits?: boolean;
    readonly serialNumber?: string;
    readonly notBefore?: string;
    readonly notAfter?: string;
    readonly certificate?: string;
  };
}

const shared: Record<string, string> = oaepFile.shared;
const pemOf = (reference: string): string => shared[reference.slice('@shared/'.length)]!;
const privateKeyOf = (reference: string): KeyObject => readPrivateKey(pemOf(reference)).key;

/** Two of WeChat's own suites have keys of 16 bytes, which takes another cipher than the one it names. */
function opened({ key = '', nonce = '', ciphertext = '', require256 = false, ...more }: Vector['inputs']): Buffer {
  const sealed: SealedV3 = { nonce, ciphertext, associated_data: more.associated_data };
  return key.length === 32 || require256
    ? openAead(key, sealed)
    : openAead(key, sealed, { cipher: 'aes-128-gcm' satisfies CipherGCMTypes });
}

/** The padding of other calls than ours. */
const openedInTheOldWay = (ciphertext: string, key: KeyObject): string =>
  privateDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(ciphertext, 'base64')).toString();

const RUN: Record<string, (vector: Vector) => void> = {
  'aead.decrypt': ({ inputs, expected }) => {
    if (expected.error) expect(() => opened(inputs)).toThrow(UnreadableAead);
    else expect(opened(inputs).toString()).toBe(expected.plaintext);
  },
  'aead.encrypt': ({ inputs: { key = '', nonce = '', associated_data = '', plaintext = '' }, expected }) => {
    const sealed = sealAead(key, plaintext, { nonce, associated_data });
    expect(sealed).toEqual({ nonce, associated_data, ciphertext: expected.ciphertext });
  },
  'aead.certificate': ({ inputs, expected }) => {
    const text = opened(inputs).toString();
    expect(text).toBe(expected.certificate);
    const { serialNumber, startsAt, expiresAt } = readCertificate(text);
    const read = { serialNumber, notBefore: startsAt.toISOString(), notAfter: expiresAt.toISOString() };
    expect(read).toEqual({
      serialNumber: expected.serialNumber,
      notBefore: expected.notBefore,
      notAfter: expected.notAfter,
    });
  },
  'rsa.decrypt': ({ inputs: { privateKey = '', ciphertext = '', padding }, expected }) => {
    const key = privateKeyOf(privateKey);
    if (padding === 'PKCS1-v1_5') expect(openedInTheOldWay(ciphertext, key)).toBe(expected.plaintext);
    const open = () => openOaep(ciphertext, key);
    if (expected.error || padding === 'PKCS1-v1_5') expect(open).toThrow(UnreadableOaep);
    else expect(open()).toBe(expected.plaintext);
  },
  'rsa.encrypt-fits': ({ inputs: { publicKey = '', plaintextBytes = 0 }, expected }) => {
    const seal = () => sealOaep('x'.repeat(plaintextBytes), createPublicKey(pemOf(publicKey)));
    if (expected.fits) expect(Buffer.from(seal(), 'base64')).toHaveLength(256);
    else expect(seal).toThrow(RangeError);
  },
};

const FILES: [string, Vector[], Record<string, number>][] = [
  ['v3-aead', aeadFile.vectors, { 'aead.decrypt': 16, 'aead.encrypt': 3, 'aead.certificate': 2 }],
  ['v3-oaep', oaepFile.vectors, { 'rsa.decrypt': 7, 'rsa.encrypt-fits': 2 }],
];

describe.each(FILES)('published vectors: %s', (_file, vectors, counts) => {
  it.each(vectors.map((vector) => [vector.name, vector] as const))('%s', (_name, vector) => {
    const run = RUN[vector.op];
    if (!run) throw new Error(`nobody runs ${vector.op}`);
    run(vector);
  });

  it('are as many as they were', () => {
    const found = Object.groupBy(vectors, ({ op }) => op);
    expect(Object.fromEntries(Object.entries(found).map(([op, of = []]) => [op, of.length]))).toEqual(counts);
  });
});

const SHUT = Symbol('shut');

function openedOrShut(key: string, sealed: SealedV3): string | typeof SHUT {
  try {
    return openAead(key, sealed).toString();
  } catch (error) {
    if (error instanceof UnreadableAead) return SHUT;
    throw error;
  }
}

describe('what is sealed with the APIv3 key', () => {
  const KEY = 'a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb';
  const ABOUT = { nonce: 'uluk4a9R25RW', associated_data: 'transaction' };
  const TEXT = '{"trade_state":"SUCCESS","attach":"支付"}';
  const sealed = sealAead(KEY, TEXT, ABOUT);
  const bytes = Buffer.from(sealed.ciphertext, 'base64');
  const opening = (changed: Partial<SealedV3>, key = KEY) => openedOrShut(key, { ...sealed, ...changed });

  it('opens, whatever it is', () => {
    const text = fc.string({ unit: 'grapheme' });
    const nonce = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9A-Za-z]{32}$/), text, nonce, text, (key, text, nonce, associated_data) => {
        expect(openAead(key, sealAead(key, text, { nonce, associated_data })).toString()).toBe(text);
      }),
    );
  });

  it('opens without associated data where there was none', () => {
    const { nonce, ciphertext } = sealAead(KEY, TEXT, { nonce: ABOUT.nonce });
    expect(openAead(KEY, { nonce, ciphertext }).toString()).toBe(TEXT);
    expect(openAead(KEY, { nonce, ciphertext, associated_data: '' }).toString()).toBe(TEXT);
    expect(opening({ ciphertext })).toBe(SHUT);
    expect(opening({ associated_data: undefined })).toBe(SHUT);
  });

  it('stays shut with one bit of it wrong', () => {
    expect(openAead(KEY, sealed).toString()).toBe(TEXT);
    for (const mutant of flippedBits(bytes)) expect(opening({ ciphertext: mutant.toString('base64') })).toBe(SHUT);
    for (const mutant of flippedBits(Buffer.from(ABOUT.nonce)))
      expect(opening({ nonce: mutant.toString('latin1') })).toBe(SHUT);
    for (const mutant of flippedBits(Buffer.from(ABOUT.associated_data)))
      expect(opening({ associated_data: mutant.toString('latin1') })).toBe(SHUT);
    for (const mutant of flippedBits(Buffer.from(KEY))) expect(opening({}, mutant.toString('latin1'))).toBe(SHUT);
  });

  it('stays shut when it is cut short anywhere, or has more', () => {
    for (const end of bytes.keys())
      expect(opening({ ciphertext: bytes.subarray(0, end).toString('base64') })).toBe(SHUT);
    for (const start of bytes.keys())
      if (start > 0) expect(opening({ ciphertext: bytes.subarray(start).toString('base64') })).toBe(SHUT);
    expect(opening({ ciphertext: Buffer.concat([bytes, Buffer.alloc(1)]).toString('base64') })).toBe(SHUT);
    expect(opening({ ciphertext: Buffer.concat([Buffer.alloc(1), bytes]).toString('base64') })).toBe(SHUT);
  });

  it('stays shut with a part of its tag, of whatever length', () => {
    const tag = Buffer.from(sealAead(KEY, '', ABOUT).ciphertext, 'base64');
    expect(tag).toHaveLength(16);
    expect(openAead(KEY, { ...ABOUT, ciphertext: tag.toString('base64') })).toHaveLength(0);
    for (const end of tag.keys()) expect(opening({ ciphertext: tag.subarray(0, end).toString('base64') })).toBe(SHUT);
  });

  it.each([
    '',
    'not base64',
    `${sealed.ciphertext}\n`,
    ` ${sealed.ciphertext}`,
    bytes.toString('base64url'),
    bytes.toString('hex'),
  ])('is not %j', (ciphertext) => {
    expect(ciphertext).not.toBe(sealed.ciphertext);
    expect(opening({ ciphertext })).toBe(SHUT);
  });

  it.each(['aes-128-gcm', 'aes-192-gcm'] as const)(
    'stays shut with a shorter key, even one of its own: %s',
    (cipher) => {
      const key = KEY.slice(0, cipher === 'aes-128-gcm' ? 16 : 24);
      const short = createCipheriv(cipher, key, ABOUT.nonce).setAAD(Buffer.from(ABOUT.associated_data));
      const own = Buffer.concat([short.update(TEXT), short.final(), short.getAuthTag()]).toString('base64');
      expect(openAead(key, { ...ABOUT, ciphertext: own }, { cipher }).toString()).toBe(TEXT);
      expect(opening({ ciphertext: own }, key)).toBe(SHUT);
    },
  );

  it.each([
    ['empty', ''],
    ['a byte short', KEY.slice(1)],
    ['a byte long', `${KEY}x`],
    ['of 32 letters and more bytes', '支'.repeat(32)],
  ])('stays shut with a key that is %s', (_how, key) => {
    expect(opening({}, key)).toBe(SHUT);
    expect(() => sealAead(key, TEXT, ABOUT)).toThrow(RangeError);
  });

  it('stays shut without a nonce', () => expect(opening({ nonce: '' })).toBe(SHUT));

  it('says nothing of the key nor of what is sealed', () => {
    const thrown = caught(() => openAead(KEY, { ...sealed, nonce: 'other' }));
    expect(thrown.message).toBe('not sealed with this key');
    expect(thrown.cause).toBeUndefined();
  });
});

describe('a sensitive field', () => {
  const key = privateKeyOf('@shared/javaMerchantPrivateKey');
  const publicKey = createPublicKey(key);
  const sealed = sealOaep('张三', publicKey);
  const bytes = Buffer.from(sealed, 'base64');

  it('opens, whatever it is, and never looks the same', () => {
    expect(sealOaep('张三', publicKey)).not.toBe(sealed);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), (text) => {
        fc.pre(Buffer.byteLength(text) <= 214);
        expect(openOaep(sealOaep(text, publicKey), key)).toBe(text);
      }),
      { numRuns: 30 },
    );
    for (const text of ['', '\ufeff张三', '🧋']) expect(openOaep(sealOaep(text, publicKey), key)).toBe(text);
  });

  it('is of 214 bytes at most, of 470 with a key of 4096 bits', () => {
    const wide = privateKeyOf('@shared/skitPrivateKey4096');
    for (const [most, pair] of [
      [214, key],
      [470, wide],
    ] as const) {
      const half = createPublicKey(pair);
      const full = '支'.repeat(Math.floor(most / 3)).padEnd(Math.floor(most / 3) + (most % 3), 'x');
      expect(Buffer.byteLength(full)).toBe(most);
      expect(openOaep(sealOaep(full, half), pair)).toBe(full);
      expect(() => sealOaep(`${full}x`, half)).toThrow(new RangeError(`a text of more than ${most} bytes`));
    }
  });

  it('stays shut with one byte wrong', () => {
    for (const at of bytes.keys()) {
      const mutant = Buffer.from(bytes);
      mutant[at]! ^= 1 << (at % 8);
      expect(() => openOaep(mutant.toString('base64'), key), String(at)).toThrow(UnreadableOaep);
    }
  });

  it.each([
    ['empty', ''],
    ['no base64', 'not base64'],
    ['with a line behind', `${sealed}\n`],
    ['without padding', sealed.replace(/=+$/, '')],
    ['a byte short', bytes.subarray(1).toString('base64')],
    ['a byte long', Buffer.concat([bytes, Buffer.alloc(1)]).toString('base64')],
    ['twice', Buffer.concat([bytes, bytes]).toString('base64')],
  ])('stays shut when it is %s', (_how, base64) => {
    expect(base64).not.toBe(sealed);
    expect(() => openOaep(base64, key)).toThrow(UnreadableOaep);
  });

  it('stays shut with another key', () => {
    expect(() => openOaep(sealed, privateKeyOf('@shared/javaWechatpayPrivateKey'))).toThrow(UnreadableOaep);
    expect(() => openOaep(sealed, publicKey)).toThrow(UnreadableOaep);
  });

  it.each<[string, () => Buffer]>([
    ['SHA-256', () => publicEncrypt({ key: publicKey, oaepHash: 'sha256' }, Buffer.from('x'))],
    ['PKCS#1 v1.5', () => publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, Buffer.from('x'))],
    ['no UTF-8', () => publicEncrypt({ key: publicKey, oaepHash: 'sha1' }, Buffer.from([0xff]))],
  ])('stays shut when it was sealed otherwise: %s', (_how, seal) => {
    expect(() => openOaep(seal().toString('base64'), key)).toThrow(UnreadableOaep);
  });

  it('says nothing of the key nor of what is sealed', () => {
    const thrown = caught(() => openOaep(sealOaep('张三', publicKey), privateKeyOf('@shared/goDecryptorPrivateKey')));
    expect(thrown.message).toBe('not sealed with this key');
    expect(thrown.cause).toBeUndefined();
  });
});

function caught(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
