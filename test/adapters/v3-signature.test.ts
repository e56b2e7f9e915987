import {
  constants,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  privateEncrypt,
  sign,
} from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCertificate, readPrivateKey } from '../../src/adapters/wechat/protocol/certificate.ts';
import { appSignV2, appSignV3, paySignV3 } from '../../src/adapters/wechat/protocol/pay-sign.ts';
import { signV2 } from '../../src/adapters/wechat/protocol/v2-signature.ts';
import { isFresh, isProbe, readV3Headers } from '../../src/adapters/wechat/protocol/v3-headers.ts';
import {
  authorizationV3,
  isSignedV3,
  readAuthorizationV3,
  signV3,
  v3AnswerMessage,
  type V3Authorization,
  type V3Request,
  v3RequestMessage,
} from '../../src/adapters/wechat/protocol/v3-signature.ts';
import { flippedBits } from '../support/flipped-bits.ts';
import paySignFile from '../vectors/paysign.json' with { type: 'json' };
import signFile from '../vectors/v3-sign-verify.json' with { type: 'json' };

interface Vector {
  readonly name: string;
  readonly op: string;
  readonly inputs: {
    readonly message?: string;
    readonly timestamp?: string;
    readonly nonce?: string;
    readonly body?: string;
    readonly signature?: string;
    readonly publicKey?: string;
    readonly certificate?: string;
    readonly privateKey?: string;
    readonly headers?: Record<string, string>;
    readonly keys?: Record<string, string>;
    readonly now?: number;
    readonly toleranceSeconds?: number;
  };
  readonly expected: {
    readonly message?: string;
    readonly signature?: string;
    readonly paySign?: string;
    readonly valid?: boolean;
    readonly reason?: string;
  };
}

const signVectors = signFile.vectors as Vector[];
/** What is signed with the API key is version 2's. */
const paySignVectors = (paySignFile.vectors as unknown as Vector[]).filter(({ op }) => !/v2/.test(op));

const shared: Record<string, string> = { ...paySignFile.shared, ...signFile.shared };
const pemOf = (reference: string): string => shared[reference.slice('@shared/'.length)]!;

const privateKeyOf = (reference: string): KeyObject => readPrivateKey(pemOf(reference)).key;
const publicKeyOf = (reference: string): KeyObject =>
  pemOf(reference).includes('CERTIFICATE')
    ? readCertificate(pemOf(reference)).publicKey
    : createPublicKey(pemOf(reference));

interface Message {
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}

/** The way of every notice and of every answer, up to its signature. */
function verdict({ headers, body }: Message, keys: ReadonlyMap<string, KeyObject>, now: Date): string {
  const read = readV3Headers(headers);
  if (!read) return 'missing-header';
  if (!isFresh(read.timestamp, now)) return 'timestamp-out-of-range';
  const key = keys.get(read.serial);
  if (!key) return 'unknown-serial';
  const isSigned = isSignedV3(v3AnswerMessage(read.timestamp, read.nonce, body), read.signature, key);
  return isSigned ? 'accepted' : 'bad-signature';
}

function received({ headers = {}, body = '', keys = {}, now = 0 }: Vector['inputs']) {
  return {
    message: { headers: Object.entries(headers), body: Buffer.from(body) } satisfies Message,
    keys: new Map(Object.entries(keys).map(([serial, key]) => [serial, publicKeyOf(key)])),
    now: new Date(now * 1_000),
  };
}

const RUN: Record<string, (vector: Vector) => void> = {
  'v3.request-message': ({ inputs, expected }) => {
    expect(v3RequestMessage(inputs as V3Request)).toBe(expected.message);
  },
  'v3.response-message': ({ inputs: { timestamp = '', nonce = '', body = '' }, expected }) => {
    expect(v3AnswerMessage(timestamp, nonce, Buffer.from(body)).toString()).toBe(expected.message);
  },
  'v3.sign-request': ({ inputs, expected }) => {
    const message = v3RequestMessage(inputs as V3Request);
    expect(message).toBe(expected.message);
    expect(signV3(message, privateKeyOf(inputs.privateKey!))).toBe(expected.signature);
  },
  'rsa.sign': ({ inputs: { message = '', privateKey = '' }, expected }) => {
    expect(signV3(message, privateKeyOf(privateKey))).toBe(expected.signature);
  },
  'rsa.verify': ({ inputs: { message = '', signature = '', publicKey, certificate }, expected }) => {
    expect(isSignedV3(Buffer.from(message), signature, publicKeyOf(publicKey ?? certificate!))).toBe(expected.valid);
  },
  'v3.verify': ({ inputs, expected }) => {
    const { timestamp = '', nonce = '', body = '', signature = '', publicKey, certificate } = inputs;
    const message = v3AnswerMessage(timestamp, nonce, Buffer.from(body));
    expect(isSignedV3(message, signature, publicKeyOf(publicKey ?? certificate!))).toBe(expected.valid);
  },
  'v3.verify-http': ({ inputs, expected }) => {
    expect(inputs.toleranceSeconds).toBe(300);
    const { message, keys, now } = received(inputs);
    expect(verdict(message, keys, now)).toBe(expected.valid ? 'accepted' : expected.reason);
  },
  'paysign.v3': ({ inputs, expected }) => {
    const key = privateKeyOf(inputs.privateKey!);
    const paySign = paySignV3(inputs as unknown as Parameters<typeof paySignV3>[0], key);
    expect(paySign).toBe(expected.paySign);
    expect(paySign).toBe(signV3(expected.message!, key));
  },
};

const FILES: [string, Vector[], Record<string, number>][] = [
  [
    'v3-sign-verify',
    signVectors,
    {
      'v3.sign-request': 5,
      'rsa.verify': 20,
      'v3.verify': 8,
      'v3.verify-http': 11,
      'rsa.sign': 3,
      'v3.request-message': 4,
      'v3.response-message': 2,
    },
  ],
  ['paysign', paySignVectors, { 'paysign.v3': 1, 'rsa.verify': 2 }],
];

describe.each(FILES)('published vectors of v3: %s', (_file, vectors, counts) => {
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

const vectorNamed = (name: string): Vector => signVectors.find((vector) => vector.name === name)!;

const SIGNED_PARTS = ['Wechatpay-Timestamp', 'Wechatpay-Nonce', 'Wechatpay-Signature', 'Wechatpay-Serial'];

describe.each(['http-ok', 'official-go-notify-http'])('a message of WeChat with one byte wrong: %s', (name) => {
  const { message, keys, now } = received(vectorNamed(name).inputs);
  const judged = (changed: Partial<Message>) => verdict({ ...message, ...changed }, keys, now);

  it('is accepted as it came', () => expect(judged({})).toBe('accepted'));

  it.each([
    ['Wechatpay-Timestamp', ['missing-header', 'timestamp-out-of-range', 'bad-signature']],
    ['Wechatpay-Nonce', ['missing-header', 'bad-signature']],
    ['Wechatpay-Signature', ['missing-header', 'bad-signature']],
    ['Wechatpay-Serial', ['missing-header', 'unknown-serial']],
  ])('is refused: %s', (part, reasons) => {
    const original = message.headers.find(([name]) => name === part)![1];
    const verdicts = [...flippedBits(Buffer.from(original, 'latin1'))].map((mutant) => {
      const headers = message.headers.map(
        ([name, value]) => [name, name === part ? mutant.toString('latin1') : value] as const,
      );
      return judged({ headers });
    });
    expect(verdicts.length).toBeGreaterThanOrEqual(original.length * 8);
    expect(new Set(verdicts)).toEqual(new Set(reasons));
  });

  it('is refused: the body', () => {
    expect(new Set([...flippedBits(message.body)].map((body) => judged({ body })))).toEqual(new Set(['bad-signature']));
  });

  it('is refused: the body, cut short anywhere or with a byte more', () => {
    const { body } = message;
    for (const end of body.keys()) expect(judged({ body: body.subarray(0, end) })).toBe('bad-signature');
    for (const more of ['\n', ' ', '\0', '}']) {
      expect(judged({ body: Buffer.concat([body, Buffer.from(more)]) })).toBe('bad-signature');
      expect(judged({ body: Buffer.concat([Buffer.from(more), body]) })).toBe('bad-signature');
    }
  });
});

describe('the headers of a signed message', () => {
  const HEADERS = Object.entries(vectorNamed('http-ok').inputs.headers!);
  const WHOLE = {
    timestamp: '1722850421',
    nonce: 'd824f2e086d3c1df967785d13fcd22ef',
    signature: vectorNamed('http-ok').inputs.headers!['Wechatpay-Signature'],
    serial: 'PUB_KEY_ID_0000000000000024101100397200000006',
  };
  const reading = (name: string, value: string) =>
    readV3Headers(HEADERS.map(([other, as]) => [other, other === name ? value : as]));

  it.each<[string, (name: string) => string]>([
    ['as they are', (name) => name],
    ['in small letters', (name) => name.toLowerCase()],
    ['in capitals', (name) => name.toUpperCase()],
  ])('are read %s, among others and in any order', (_how, written) => {
    const headers = HEADERS.map(([name, value]) => [written(name), value] as const);
    expect(readV3Headers(headers)).toEqual(WHOLE);
    expect(readV3Headers([['Request-ID', '1'], ...headers.toReversed(), ['Request-ID', '2']])).toEqual(WHOLE);
  });

  it.each(SIGNED_PARTS)('are none without %s, nor with two of it', (name) => {
    const [, value] = HEADERS.find(([other]) => other === name)!;
    expect(readV3Headers(HEADERS.filter(([other]) => other !== name))).toBeUndefined();
    expect(readV3Headers([...HEADERS, [name.toLowerCase(), value]])).toBeUndefined();
    expect(readV3Headers([['X', 'x'], [name, 'other'], ...HEADERS])).toBeUndefined();
  });

  it.each(SIGNED_PARTS)('are none with an odd %s', (name) => {
    const [, value] = HEADERS.find(([other]) => other === name)!;
    for (const odd of [
      '',
      ' ',
      ` ${value}`,
      `${value} `,
      `${value}, ${value}`,
      `${value}\n`,
      `${value}\nx`,
      `${value}\0`,
      `支${value}`,
    ])
      expect(reading(name, odd), JSON.stringify(odd)).toBeUndefined();
  });

  it.each([
    '-1722850421',
    '+1722850421',
    '1722850421.0',
    '1722850421.5',
    '172285042',
    '17228504210',
    '1722850421000',
    '0722850421',
    '01722850421',
    '17228504211722850421',
    '1.72285e+9',
    '0x66b09e35',
    '１７２２８５０４２１',
    'NaN',
    'Infinity',
  ])('are none with the time %s', (time) => {
    expect(reading('Wechatpay-Timestamp', time)).toBeUndefined();
    expect(isFresh(time, new Date(1_722_850_421_000))).toBe(false);
  });

  it('may name the algorithm, but no other', () => {
    const named = (...types: string[]) =>
      readV3Headers([...HEADERS, ...types.map((type) => ['wechatpay-Signature-Type', type] as const)]);
    expect(named('WECHATPAY2-SHA256-RSA2048')).toEqual(WHOLE);
    for (const type of ['', 'WECHATPAY2-SM2-WITH-SM3', 'wechatpay2-sha256-rsa2048', 'HMAC-SHA256', 'none'])
      expect([named(type), named('WECHATPAY2-SHA256-RSA2048', type)]).toEqual([undefined, undefined]);
  });

  it.each([
    [-301, false],
    [-300, true],
    [-299, true],
    [0, true],
    [299, true],
    [300, true],
    [301, false],
  ])('are of now when they are %i seconds away: %s', (seconds, isNow) => {
    const now = new Date((1_722_850_421 + seconds) * 1_000);
    expect(isFresh('1722850421', now)).toBe(isNow);
  });

  it('are of now for five minutes to the millisecond', () => {
    const at = 1_722_850_421_000;
    expect([-300_001, -300_000, 300_000, 300_001].map((apart) => isFresh('1722850421', new Date(at + apart)))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(isFresh('1722850421', new Date(Number.NaN))).toBe(false);
  });
});

describe('a probe', () => {
  const { message, keys, now } = received(vectorNamed('http-ok').inputs);
  const signature = vectorNamed('http-ok').inputs.headers!['Wechatpay-Signature']!;

  it.each(['WECHATPAY/SIGNTEST/', `WECHATPAY/SIGNTEST/${'A'.repeat(325)}==`])(
    'is told by what its signature begins with: %s',
    (probe) => {
      expect(isProbe(probe)).toBe(true);
    },
  );

  it.each([
    '',
    signature,
    'WECHATPAY/SIGNTEST',
    'wechatpay/signtest/x',
    ' WECHATPAY/SIGNTEST/x',
    'x/WECHATPAY/SIGNTEST/',
  ])('is not %j', (other) => {
    expect(isProbe(other)).toBe(false);
  });

  it('is refused as any wrong signature is, even with a right one behind the prefix', () => {
    for (const probe of [`WECHATPAY/SIGNTEST/${signature.slice(19)}`, `WECHATPAY/SIGNTEST/${signature}`]) {
      const headers = message.headers.map(([name, value]) => [name, value === signature ? probe : value] as const);
      expect(verdict({ ...message, headers }, keys, now)).toBe('bad-signature');
    }
  });
});

const KEY = privateKeyOf('@shared/docMerchantPrivateKey');
const PUBLIC_KEY = publicKeyOf('@shared/docMerchantPublicKey');

describe('a v3 signature', () => {
  const MESSAGE = Buffer.from('1722850421\nnonce\n{"支付":"成功"}\n');
  const SIGNATURE = signV3(MESSAGE.toString(), KEY);
  const raw = Buffer.from(SIGNATURE, 'base64');

  it('is of whatever was signed, and of nothing else', () => {
    const text = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(text, text, (message, other) => {
        const signature = signV3(message, KEY);
        expect(isSignedV3(Buffer.from(message), signature, PUBLIC_KEY)).toBe(true);
        expect(isSignedV3(Buffer.from(other), signature, PUBLIC_KEY)).toBe(message === other);
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['empty', ''],
    ['no base64', 'not base64'],
    ['of base64url', raw.toString('base64url')],
    ['of hex', raw.toString('hex')],
    ['without padding', SIGNATURE.replace(/=+$/, '')],
    ['with a blank behind', `${SIGNATURE} `],
    ['with a line in it', `${SIGNATURE.slice(0, 76)}\n${SIGNATURE.slice(76)}`],
    ['with more behind', `${SIGNATURE}AAAA`],
    ['with stray bits', SIGNATURE.replace(/.==$/, (end) => `${String.fromCharCode(end.charCodeAt(0) + 1)}==`)],
    ['a byte short', raw.subarray(1).toString('base64')],
    ['a byte long', Buffer.concat([Buffer.alloc(1), raw]).toString('base64')],
    ['of zeros', Buffer.alloc(256).toString('base64')],
    ['of ones', Buffer.alloc(256, 0xff).toString('base64')],
    ['one', Buffer.alloc(256).fill(1, 255).toString('base64')],
  ])('is none: %s', (_what, signature) => {
    expect(signature).not.toBe(SIGNATURE);
    expect(isSignedV3(MESSAGE, signature, PUBLIC_KEY)).toBe(false);
  });

  it.each<[string, () => Buffer]>([
    ['SHA-1', () => sign('sha1', MESSAGE, KEY)],
    ['SHA-512', () => sign('sha512', MESSAGE, KEY)],
    ['PSS', () => sign('sha256', MESSAGE, { key: KEY, padding: constants.RSA_PKCS1_PSS_PADDING })],
    ['no digest about it', () => privateEncrypt({ key: KEY, padding: constants.RSA_PKCS1_PADDING }, Buffer.alloc(32))],
  ])('is none by another algorithm under the same key: %s', (_which, make) => {
    expect(isSignedV3(MESSAGE, make().toString('base64'), PUBLIC_KEY)).toBe(false);
  });

  it.each<[string, () => { privateKey: KeyObject; publicKey: KeyObject }]>([
    ['elliptic', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['of PSS alone', () => generateKeyPairSync('rsa-pss', { modulusLength: 2_048 })],
    ['Ed25519', () => generateKeyPairSync('ed25519')],
  ])('is none under a key that is %s, even one of its own', (_which, generate) => {
    const { privateKey, publicKey } = generate();
    const algorithm = privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256';
    const own = sign(algorithm, MESSAGE, privateKey).toString('base64');
    expect([isSignedV3(MESSAGE, own, publicKey), isSignedV3(MESSAGE, SIGNATURE, publicKey)]).toEqual([false, false]);
  });

  it('is none under no key of two halves', () => {
    expect(isSignedV3(MESSAGE, SIGNATURE, createSecretKey(Buffer.alloc(32)))).toBe(false);
  });

  it('is over lines that nobody can move', () => {
    const word = fc.stringMatching(/^[\x21-\x7e]{1,40}$/);
    const timestamp = fc.stringMatching(/^[1-9]\d{9}$/);
    const body = fc.string({ unit: fc.constantFrom('\n', '\r', '1', 'a', '{', '支', '\0') });
    fc.assert(
      fc.property(timestamp, word, body, (timestamp, nonce, body) => {
        const headers = {
          'wechatpay-timestamp': timestamp,
          'wechatpay-nonce': nonce,
          'wechatpay-signature': 'x',
          'wechatpay-serial': 'x',
        };
        expect(readV3Headers(Object.entries(headers))).toBeDefined();
        const [first, second, ...rest] = v3AnswerMessage(timestamp, nonce, Buffer.from(body)).toString().split('\n');
        expect([first, second, rest.join('\n')]).toEqual([timestamp, nonce, `${body}\n`]);
      }),
    );
  });

  it('is over the bytes of the body, whatever they are', () => {
    const body = Buffer.from([0xff, 0xfe, 0x00, 0x0a, 0xc3]);
    expect(v3AnswerMessage('1', '2', body)).toEqual(Buffer.concat([Buffer.from('1\n2\n'), body, Buffer.from('\n')]));
  });
});

describe('the Authorization of a request', () => {
  const AUTHORIZATION: V3Authorization = {
    mchid: '1900009191',
    nonce: '593BEC0C930BF1AFEB40B4A08C8FB242',
    signature: signV3('x', KEY),
    timestamp: '1554208460',
    serialNumber: '0C4AEF34B89340881BB2B25226393DC2E47F094B',
  };
  const written = authorizationV3(AUTHORIZATION);
  const [scheme, list] = written.split(/ (.*)/) as [string, string];
  const attributes = list.split(',');

  it('is as WeChat prints it', () => {
    expect(authorizationV3({ ...AUTHORIZATION, signature: 'uOVRnA4qG==' })).toBe(
      'WECHATPAY2-SHA256-RSA2048 mchid="1900009191",nonce_str="593BEC0C930BF1AFEB40B4A08C8FB242",signature="uOVRnA4qG==",timestamp="1554208460",serial_no="0C4AEF34B89340881BB2B25226393DC2E47F094B"',
    );
  });

  it('is read in whatever order', () => {
    expect(readAuthorizationV3(written)).toEqual(AUTHORIZATION);
    for (const first of attributes) {
      const others = attributes.filter((attribute) => attribute !== first);
      expect(readAuthorizationV3(`${scheme} ${[...others, first].join(',')}`)).toEqual(AUTHORIZATION);
    }
  });

  it.each(attributes)('is none without %s, nor with two of it, nor with it empty', (attribute) => {
    const others = attributes.filter((other) => other !== attribute);
    const empty = attribute.replace(/".*"/, '""');
    for (const some of [
      others,
      [...others, empty],
      [...attributes, attribute],
      [...others.slice(1), attribute, attribute],
    ])
      expect(readAuthorizationV3(`${scheme} ${some.join(',')}`)).toBeUndefined();
  });

  it.each([
    ['empty', ''],
    ['the scheme alone', scheme],
    ['without a scheme', list],
    ['of another scheme', written.replace('RSA2048', 'RSA4096')],
    ['of another scheme, which ours begins', written.replace(' ', 'X ')],
    ['with another letter for the blank', written.replace(' ', 'X')],
    ['in small letters', written.replace(scheme, scheme.toLowerCase())],
    ['with blanks', written.replaceAll(',', ', ')],
    ['with single quotes', written.replaceAll('"', "'")],
    ['without quotes', written.replaceAll('"', '')],
    ['with a stranger for one of them', written.replace('serial_no', 'serial')],
    ['with a stranger', `${written},x="1"`],
    ['with a comma behind', `${written},`],
    ['with a blank in a value', written.replace('1900009191', '19000 09191')],
    ['with a quote in a value', written.replace('1900009191', '1900"09191')],
    ['with a line behind', `${written}\n`],
    ['in two lines', written.replace(',', ',\n')],
    ['of a prototype', written.replace('mchid', '__proto__')],
  ])('is none that is %s', (_how, header) => expect(readAuthorizationV3(header)).toBeUndefined());
});

describe('what a payer calls WeChat with', () => {
  const page = { appId: 'wx1', timeStamp: '1', nonceStr: 'n', package: 'prepay_id=1' };
  const app = { appid: 'wx1', timestamp: '1', noncestr: 'n', prepayid: '1', partnerid: '2', package: 'Sign=WXPay' };
  const API_KEY = '192006250b4c09247ec02edce69f6a2d';

  it('in a mini program, v3: is signed over four lines and nothing else', () => {
    const more = { ...page, signType: 'RSA', paySign: 'x' };
    expect(isSignedV3(Buffer.from('wx1\n1\nn\nprepay_id=1\n'), paySignV3(more, KEY), PUBLIC_KEY)).toBe(true);
  });

  it('in an app, v3: is signed over four lines and nothing else', () => {
    expect(isSignedV3(Buffer.from('wx1\n1\nn\n1\n'), appSignV3(app, KEY), PUBLIC_KEY)).toBe(true);
  });

  it.each(['MD5', 'HMAC-SHA256'] as const)('in an app, v2: is signed over six and nothing else, %s', (signType) => {
    const fields = new Map(Object.entries(app));
    const sign = signV2(fields, API_KEY, signType);
    const more = { ...app, sign: 'x', signType };
    expect(appSignV2(more, API_KEY, signType)).toBe(sign);
    for (const name of fields.keys())
      expect(appSignV2({ ...app, [name]: '3' }, API_KEY, signType), name).not.toBe(sign);
  });
});
