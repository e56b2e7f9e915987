import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFlatXml, UnreadableXml, writeFlatXml } from '../../src/adapters/wechat/protocol/flat-xml.ts';
import { type PaySignParameters, paySignV2 } from '../../src/adapters/wechat/protocol/pay-sign.ts';
import {
  isSignedV2,
  signV2,
  stringToSign,
  type V2Fields,
  type V2SignType,
} from '../../src/adapters/wechat/protocol/v2-signature.ts';
import paySignFile from '../vectors/paysign.json' with { type: 'json' };
import signFile from '../vectors/v2-sign.json' with { type: 'json' };

interface Vector {
  readonly name: string;
  readonly op: string;
  readonly inputs: {
    readonly params?: Record<string, string>;
    readonly keys?: readonly string[];
    readonly xml?: string;
    readonly text?: string;
    readonly key?: string;
    readonly algorithm?: V2SignType;
  };
  readonly expected: {
    readonly stringA?: string;
    readonly sign?: string;
    readonly keys?: readonly string[];
    readonly md5?: string;
    readonly paySign?: string;
    readonly valid?: boolean;
  };
}

const signVectors = signFile.vectors as Vector[];
const paySignVectors = paySignFile.vectors as unknown as Vector[];

const fieldsOf = (params: Record<string, string>): V2Fields => new Map(Object.entries(params));

const RUN: Record<string, (vector: Vector) => void> = {
  'v2.sign': ({ inputs: { params = {}, key = '', algorithm = 'MD5' }, expected }) => {
    expect(stringToSign(fieldsOf(params))).toBe(expected.stringA);
    expect(signV2(fieldsOf(params), key, algorithm)).toBe(expected.sign);
  },
  'v2.verify': ({ inputs: { params = {}, key = '', algorithm = 'MD5' }, expected }) => {
    expect(isSignedV2(fieldsOf(params), key, algorithm)).toBe(expected.valid);
  },
  'v2.verify-xml': ({ inputs: { xml = '', key = '', algorithm = 'MD5' }, expected }) => {
    expect(isSignedV2(readFlatXml(Buffer.from(xml)), key, algorithm)).toBe(expected.valid);
  },
  'v2.key-order': ({ inputs: { keys = [] }, expected }) => {
    const order = stringToSign(new Map(keys.map((key) => [key, 'x'])));
    expect(order).toBe(expected.keys?.map((key) => `${key}=x`).join('&'));
  },
  // Another product's variant, which no call of ours uses.
  'v2.md5': ({ inputs: { text = '' }, expected }) => {
    expect(createHash('md5').update(text).digest('hex')).toBe(expected.md5);
  },
  'paysign.v2': ({ inputs, expected }) => {
    expect(paySignV2(inputs as unknown as PaySignParameters, inputs.key ?? '')).toBe(expected.paySign);
  },
};

/** Signed with RSA: these belong to v3. */
const OF_V3 = new Set(['official-v3-jsapi-rsa', 'neg-v3-millisecond-timestamp', 'neg-v3-with-sign-type-line']);

const FILES: [string, Vector[], Record<string, number>][] = [
  ['v2-sign', signVectors, { 'v2.sign': 32, 'v2.verify-xml': 9, 'v2.verify': 7, 'v2.key-order': 4, 'v2.md5': 1 }],
  ['paysign', paySignVectors.filter(({ name }) => !OF_V3.has(name)), { 'paysign.v2': 4, 'v2.verify': 1 }],
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

it('three vectors of paysign.json are left to v3', () => {
  const left = paySignVectors.filter(({ name }) => OF_V3.has(name));
  expect(left.map(({ op }) => op)).toEqual(['paysign.v3', 'rsa.verify', 'rsa.verify']);
});

const KEY = '192006250b4c09247ec02edce69f6a2d';
const signed = (fields: V2Fields, signType: V2SignType): V2Fields =>
  new Map([...fields, ['sign', signV2(fields, KEY, signType)]]);
const PAID = fieldsOf({ appid: 'wx1', mch_id: '1', total_fee: '100', coupon_fee: '0', attach: '' });

describe.each(['MD5', 'HMAC-SHA256'] as const)('a v2 signature, %s', (signType) => {
  const sign = signV2(PAID, KEY, signType);
  const signedAs = (sign: string) => isSignedV2(new Map([...PAID, ['sign', sign]]), KEY, signType);

  it('is taken as it was made, whatever the order of the fields', () => {
    const fields = signed(PAID, signType);
    expect(isSignedV2(fields, KEY, signType)).toBe(true);
    expect(isSignedV2(new Map([...fields].toReversed()), KEY, signType)).toBe(true);
  });

  it.each([
    ['empty', ''],
    ['in small letters', sign.toLowerCase()],
    ['with one small letter', sign.replace(/[A-F]/, (letter) => letter.toLowerCase())],
    ['with a blank', `${sign} `],
    ['cut short', sign.slice(0, -1)],
    ['cut to the length of another', sign.slice(0, 16)],
    ['twice', sign + sign],
    ['of base64', Buffer.from(sign, 'hex').toString('base64')],
    ['a word', 'undefined'],
  ])('is refused %s', (_how, sign) => expect(signedAs(sign)).toBe(false));

  it('is refused when it is missing', () => expect(isSignedV2(PAID, KEY, signType)).toBe(false));

  it('is refused with another key', () => {
    for (const key of ['', KEY.toUpperCase(), `${KEY} `, KEY.slice(1)]) {
      expect(isSignedV2(signed(PAID, signType), key, signType)).toBe(false);
    }
  });

  it('is refused where the other algorithm is ours, whatever the message says', () => {
    const other = signType === 'MD5' ? 'HMAC-SHA256' : 'MD5';
    const claiming = signed(new Map([...PAID, ['sign_type', other]]), other);
    expect(isSignedV2(claiming, KEY, other)).toBe(true);
    expect(isSignedV2(claiming, KEY, signType)).toBe(false);
  });

  it('is over every field, an unknown one and a zero among them, but no empty one', () => {
    for (const [name, value] of [
      ['unknown', '1'],
      ['refund_fee', '0'],
      ['sign_type', signType],
      ['Sign', 'x'],
    ] as const) {
      expect(isSignedV2(new Map([...signed(PAID, signType), [name, value]]), KEY, signType)).toBe(false);
    }
    expect(isSignedV2(new Map([...signed(PAID, signType), ['empty', '']]), KEY, signType)).toBe(true);
  });

  it('survives the way through XML, whatever is signed', () => {
    const value = fc.string({
      unit: fc.constantFrom('a', '&', '<', '>', ']', '\r', '\n', ' ', '=', '支', '🧋', ']]>'),
      maxLength: 20,
    });
    const message = fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/), value, { maxKeys: 12 });
    fc.assert(
      fc.property(message, (params) => {
        const { constructor: _constructor, prototype: _prototype, ...rest } = params;
        const written = Buffer.from(writeFlatXml(signed(fieldsOf(rest), signType)));
        expect(isSignedV2(readFlatXml(written), KEY, signType)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('paySign', () => {
  const parameters = { appId: 'wx1', timeStamp: '1', nonceStr: 'n', package: 'prepay_id=1', signType: 'MD5' } as const;

  it('is over nothing but the five', () => {
    const more = { ...parameters, paySign: 'x', total_fee: '1' };
    expect(paySignV2(more, KEY)).toBe(paySignV2(parameters, KEY));
  });

  it.each(['appId', 'timeStamp', 'nonceStr', 'package'] as const)('is over %s', (name) => {
    expect(paySignV2({ ...parameters, [name]: '2' }, KEY)).not.toBe(paySignV2(parameters, KEY));
  });
});

/** A message of ours that has one of everything the grammar allows. */
const OURS = ((): Vector => {
  const params = { appid: 'wx1', attach: '', body: 'x]]>y', detail: 'a\r\nb', total_fee: '100', remark: '<&>' };
  const sign = signV2(fieldsOf(params), KEY, 'HMAC-SHA256');
  const xml = `\ufeff<?xml version="1.0" encoding="UTF-8"?>\r\n<xml>\r\n <appid>wx1</appid ><attach></attach>
    <body><![CDATA[x]]]]><![CDATA[>y]]></body><detail>a\r\nb</detail><total_fee><![CDATA[100]]></total_fee>
    <remark>&lt;&amp;&gt;</remark><sign>${sign}</sign></xml>\n`;
  return { name: 'ours', op: 'v2.verify-xml', inputs: { xml, key: KEY, algorithm: 'HMAC-SHA256' }, expected: {} };
})();

/** Every way to get one byte wrong that we could think of. */
function* mutants(original: Buffer): Generator<Buffer> {
  const at = (index: number, ...bytes: number[]) =>
    Buffer.concat([original.subarray(0, index), Uint8Array.from(bytes), original.subarray(index + 1)]);
  for (const [index, byte] of original.entries()) {
    for (const bit of [1, 2, 4, 8, 16, 32, 64, 128]) yield at(index, byte ^ bit);
    for (const other of Buffer.from('<&\r ')) if (other !== byte) yield at(index, other);
    yield at(index);
    yield at(index, byte, byte);
  }
}

describe('a signed message with one byte wrong', () => {
  const messages = [...signVectors.filter(({ op }) => op === 'v2.verify-xml'), OURS];

  it.each(messages.map((vector) => [vector.name, vector] as const))('%s', (_name, { inputs }) => {
    const { xml = '', key = '', algorithm = 'MD5' } = inputs;
    const original = readFlatXml(Buffer.from(xml));
    expect(isSignedV2(original, key, algorithm)).toBe(true);
    const tally = { unreadable: 0, unsigned: 0, 'without another meaning': 0 };
    for (const mutant of mutants(Buffer.from(xml))) tally[verdict(mutant)] += 1;
    expect(Math.min(...Object.values(tally))).toBeGreaterThan(0);

    function verdict(mutant: Buffer): keyof typeof tally {
      const fields = readable(mutant);
      if (!fields) return 'unreadable';
      if (!isSignedV2(fields, key, algorithm)) return 'unsigned';
      expect([...fields]).toEqual([...original]);
      return 'without another meaning';
    }
  });
});

function readable(bytes: Buffer): V2Fields | undefined {
  try {
    return readFlatXml(bytes);
  } catch (error) {
    if (error instanceof UnreadableXml) return undefined;
    throw error;
  }
}
