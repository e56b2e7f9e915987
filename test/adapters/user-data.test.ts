import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { strictBase64 } from '../../src/adapters/wechat/protocol/base64.ts';
import { isSignedRawData, signRawData } from '../../src/adapters/wechat/protocol/raw-data.ts';
import { decryptUserData, encryptUserData, UnreadableUserData } from '../../src/adapters/wechat/protocol/user-data.ts';
import { checkWatermark } from '../../src/adapters/wechat/protocol/watermark.ts';
import rawDataVectors from '../vectors/rawdata-signature.json' with { type: 'json' };
import decryptVectors from '../vectors/session-decrypt.json' with { type: 'json' };

interface Vector {
  readonly name: string;
  readonly op: string;
  readonly inputs: Record<string, string | number | undefined>;
  readonly expected: Record<string, string | boolean | undefined>;
}

const text = (value: unknown): string => value as string;

/** Opens as the gateway does: the watermark is held against what the vector names, where it names it. */
function open({ inputs }: Vector): unknown {
  const { sessionKey, iv, encryptedData, appId, now, maxAgeSeconds } = inputs;
  const data = decryptUserData({ encryptedData: text(encryptedData), iv: text(iv) }, text(sessionKey));
  const at = now === undefined ? new Date() : new Date(Number(now) * 1_000);
  const maxAge = maxAgeSeconds === undefined ? Infinity : Number(maxAgeSeconds) * 1_000;
  if (appId !== undefined) checkWatermark(data, { appid: text(appId), now: at, maxAge });
  return data;
}

const RUN: Record<string, (vector: Vector) => void> = {
  'session.decrypt': (vector) => {
    if (vector.expected.error === true) expect(() => open(vector)).toThrow(UnreadableUserData);
    else expect(open(vector)).toEqual(JSON.parse(text(vector.expected.plaintext)));
  },
  'session.encrypt': ({ inputs, expected }) => {
    const sealed = encryptUserData(text(inputs.plaintext), text(inputs.sessionKey), text(inputs.iv));
    expect(sealed).toBe(expected.encryptedData);
  },
  'rawdata.sign': ({ inputs, expected }) => {
    expect(signRawData(text(inputs.rawData), text(inputs.sessionKey))).toBe(expected.signature);
  },
  'rawdata.verify': ({ inputs, expected }) => {
    const { rawData, signature, sessionKey } = inputs;
    expect(isSignedRawData(text(rawData), text(signature), text(sessionKey))).toBe(expected.valid);
  },
  // No call of ours signs a login state; the vectors hold what such a call would have to send.
  'session.hmac': ({ inputs, expected }) => {
    const hmac = createHmac('sha256', text(inputs.sessionKey)).update(text(inputs.message)).digest('hex');
    expect(hmac).toBe(expected.signature);
  },
};

for (const { category, vectors } of [decryptVectors, rawDataVectors] as { category: string; vectors: Vector[] }[]) {
  describe(`published vectors: ${category}`, () => {
    it.each(vectors.map((vector) => [vector.name, vector] as const))('%s', (_name, vector) => {
      const run = RUN[vector.op];
      if (!run) throw new Error(`nobody runs ${vector.op}`);
      run(vector);
    });
  });
}

describe('user data', () => {
  const key = randomBytes(16).toString('base64');
  const iv = randomBytes(16).toString('base64');
  const seal = (plaintext: string | Buffer) => encryptUserData(plaintext, key, iv);
  const opened = (encryptedData: string) => decryptUserData({ encryptedData, iv }, key);

  it('opens whatever was sealed', () => {
    const object = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue());
    fc.assert(
      fc.property(object, (data) => {
        const plaintext = JSON.stringify(data);
        expect(opened(seal(plaintext))).toEqual(JSON.parse(plaintext));
      }),
    );
  });

  it.each([
    ['a list', '[]'],
    ['a number', '1'],
    ['null', 'null'],
    ['text', '"x"'],
    ['nothing', ''],
    ['half an object', '{"a":1'],
    ['two objects', '{}{}'],
    ['broken UTF-8', Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d])],
  ])('refuses %s in the envelope', (_what, plaintext) => {
    expect(() => opened(seal(plaintext))).toThrow(UnreadableUserData);
  });

  it('never throws anything else, nor answers the wrong thing, for 5,000 mutants', () => {
    const plaintext = JSON.stringify({ openId: 'o1', watermark: { appid: 'wx1', timestamp: 1 } });
    const sealed = Buffer.from(seal(plaintext), 'base64');
    const place = fc.nat(sealed.length - 1);
    let survivors = 0;
    fc.assert(
      fc.property(place, fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const mutant = Buffer.from(sealed);
        mutant[at]! ^= flip;
        try {
          const data = opened(mutant.toString('base64'));
          checkWatermark(data, { appid: 'wx1', now: new Date(1_000), maxAge: 0 });
          survivors += 1;
          expect(data).not.toEqual(JSON.parse(plaintext));
        } catch (error) {
          expect(error).toBeInstanceOf(UnreadableUserData);
        }
      }),
      { numRuns: 5_000 },
    );
    expect(survivors).toBeLessThan(50);
  });

  it('says nothing of the plaintext when it refuses it', () => {
    const refuse = () => opened(seal('{"phoneNumber":"13800138000"'));
    expect(refuse).toThrow(UnreadableUserData);
    expect(refuse).not.toThrow(/138/);
  });

  it.each([
    ['a key of 15 bytes', { sessionKey: randomBytes(15).toString('base64') }],
    ['a key of 17 bytes', { sessionKey: randomBytes(17).toString('base64') }],
    ['an empty key', { sessionKey: '' }],
    ['an iv of 12 bytes', { iv: randomBytes(12).toString('base64') }],
    ['no data', { encryptedData: '' }],
    ['data that is no multiple of a block', { encryptedData: randomBytes(31).toString('base64') }],
    ['data with a blank where a + was', { encryptedData: `${'A'.repeat(21)} =` }],
    ['data without its padding', { encryptedData: randomBytes(16).toString('base64').replace(/=+$/, '') }],
  ])('refuses %s', (_what, difference) => {
    const { sessionKey = key, ...rest } = { encryptedData: seal('{}'), iv, ...difference } as {
      sessionKey?: string;
      encryptedData: string;
      iv: string;
    };
    expect(() => decryptUserData(rest, sessionKey)).toThrow(UnreadableUserData);
  });
});

describe('the watermark', () => {
  const rule = { appid: 'wx1', now: new Date(1_700_000_000_000), maxAge: 300_000 };
  const stamped = (watermark: unknown) => () => checkWatermark({ watermark }, rule);

  it.each([0, -299, -300, 299, 300])('takes data that is %i s from now', (age) => {
    expect(stamped({ appid: 'wx1', timestamp: 1_700_000_000 + age })).not.toThrow();
  });

  it.each([
    ['301 s old', { appid: 'wx1', timestamp: 1_699_999_699 }],
    ['301 s ahead', { appid: 'wx1', timestamp: 1_700_000_301 }],
    ['of another app', { appid: 'wx2', timestamp: 1_700_000_000 }],
    ['of an app in other letters', { appid: 'WX1', timestamp: 1_700_000_000 }],
    ['without an app', { timestamp: 1_700_000_000 }],
    ['without a time', { appid: 'wx1' }],
    ['with a time in words', { appid: 'wx1', timestamp: '1700000000' }],
    ['null', null],
    ['missing', undefined],
    ['a word', 'wx1'],
  ])('refuses one that is %s', (_what, watermark) => {
    expect(stamped(watermark)).toThrow(UnreadableUserData);
  });
});

describe('strict base64', () => {
  it.each(['', 'QQ==', 'QUI=', 'QUJD'])('takes %j', (encoded) => expect(strictBase64(encoded)).toBeDefined());
  it.each(['Q', 'QQ', 'QQ=', 'QR==', 'QQ==\n', ' QQ==', 'Q-_=', 'QQ==QQ=='])('refuses %j', (encoded) => {
    expect(strictBase64(encoded)).toBeUndefined();
  });
});
