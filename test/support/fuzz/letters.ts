import { readFlatXml, UnreadableXml, writeFlatXml } from '../../../src/adapters/wechat/protocol/flat-xml.ts';
import { sealAead } from '../../../src/adapters/wechat/protocol/aead.ts';
import { sealRefundNotice } from '../../../src/adapters/wechat/protocol/refund-notice-seal.ts';
import { SCHEME } from '../../../src/adapters/wechat/protocol/v3-signature.ts';
import { signV2, type V2Fields } from '../../../src/adapters/wechat/protocol/v2-signature.ts';
import type { RawNotice } from '../../../src/domain/order/notice-reader.ts';
import { APPID, MCHID } from '../samples.ts';
import { secondsAt, signedWith, STRANGERS_KEY } from '../scripted-pay-v3.ts';
import type { Chance } from '../storm/chance.ts';
import { V2_KEY } from '../test-config.ts';
import { V3_KEY } from '../v3-merchant.ts';
import { mutated, mutatedBytes, NASTY } from './mutations.ts';
import { unlessRefused } from './target.ts';
import { PAYMENT_FIELDS, REFUND_FIELDS, REFUND_NOTICE_FIELDS } from './v2-samples.ts';

export const ORDER_NUMBER = PAYMENT_FIELDS.out_trade_no!;

/** A notice on its way to a door. */
export interface Letter {
  readonly raw: RawNotice;
  readonly path: string;
  /** Which of WeChat's own it was made of. */
  readonly of: Original;
  /** Whether all that WeChat has signed of it is as WeChat wrote it, and it comes to a door where that is spoken. */
  readonly isGenuine: boolean;
}

interface Original {
  readonly doors: readonly string[];
  /** Nobody signs a refund's notice of version 2: whoever sends one, all it can do is have WeChat asked. */
  readonly isBelieved: boolean;
  readonly raw: RawNotice;
  readonly isSame: (raw: RawNotice) => boolean;
}

const V2_DOORS = [
  '/notify/wechat-pay/v2/payment',
  '/notify/wechat-pay/v2/refund',
  '/miniprogram_auth/wechatPayCallback',
];
const V3_DOORS = ['/notify/wechat-pay/v3'];
const DOORS = [...V2_DOORS, ...V3_DOORS];

export const isGenuine = ({ of, path, raw }: Omit<Letter, 'isGenuine'>): boolean =>
  of.doors.includes(path) && of.isSame(raw);

const told = {
  appid: APPID,
  mchid: MCHID,
  out_trade_no: ORDER_NUMBER,
  transaction_id: '4200000000000000000000000001',
  trade_type: 'JSAPI',
  trade_state: 'SUCCESS',
  bank_type: 'OTHERS',
  success_time: '2026-11-22T12:00:03+08:00',
  payer: { openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' },
  amount: { total: 888, payer_total: 888, currency: 'CNY', payer_currency: 'CNY' },
};

const envelopeOf = (event_type: string, what: object): string =>
  JSON.stringify({
    id: '5e1c0d6a-6a5f-5d1c-9c0e-000000000001',
    create_time: '2026-11-22T12:00:03+08:00',
    event_type,
    resource_type: 'encrypt-resource',
    resource: {
      original_type: 'transaction',
      algorithm: 'AEAD_AES_256_GCM',
      ...sealAead(V3_KEY, JSON.stringify(what), { nonce: '61f9c719728a', associated_data: 'transaction' }),
    },
  });

const PAYMENT_V3 = envelopeOf('TRANSACTION.SUCCESS', told);
const HEADERS_V3 = [['content-type', 'application/json'] as const, ...signedWith(PAYMENT_V3)];
const BY_A_STRANGER = signedWith(PAYMENT_V3, { key: STRANGERS_KEY });

const v3Original: Original = {
  doors: V3_DOORS,
  isBelieved: true,
  raw: { headers: HEADERS_V3, body: Buffer.from(PAYMENT_V3) },
  isSame: ({ body, headers }) =>
    Buffer.from(PAYMENT_V3).equals(body) &&
    headers.every(([name, value]) => name.toLowerCase() !== 'wechatpay-signature-type' || value === SCHEME) &&
    HEADERS_V3.slice(1).every(([name, value]) => {
      const there = headers.filter(([other]) => other.toLowerCase() === name.toLowerCase());
      return there.length === 1 && there[0]![1] === value;
    }),
};

const inXml = (fields: V2Fields): RawNotice => ({
  headers: [['content-type', 'text/xml']],
  body: Buffer.from(writeFlatXml(fields)),
});

const fieldsIn = ({ body }: RawNotice): V2Fields | undefined => unlessRefused(() => readFlatXml(body), UnreadableXml);

const PAYMENT_V2 = new Map([
  ...Object.entries(PAYMENT_FIELDS),
  ['sign', signV2(new Map(Object.entries(PAYMENT_FIELDS)), V2_KEY, 'HMAC-SHA256')],
]);

/** What is empty is not signed, and neither is how it is written. */
const signedPart = (fields: V2Fields): string =>
  JSON.stringify([...fields].filter(([, value]) => value !== '').toSorted(byName));
const byName = ([one]: readonly [string, string], [other]: readonly [string, string]): number => (one < other ? -1 : 1);

const v2Original: Original = {
  doors: V2_DOORS,
  isBelieved: true,
  raw: inXml(PAYMENT_V2),
  isSame: (raw) => {
    const fields = fieldsIn(raw);
    return fields !== undefined && signedPart(fields) === signedPart(PAYMENT_V2) && !fields.has('req_info');
  },
};

const INNER = writeFlatXml(Object.entries(REFUND_FIELDS)).replace(/(<\/?)xml>/g, '$1root>');
const REQ_INFO = sealRefundNotice(INNER, V2_KEY);
const REFUND_V2 = new Map([...Object.entries(REFUND_NOTICE_FIELDS), ['req_info', REQ_INFO]]);
const SEALED_PART = ['return_code', 'appid', 'mch_id', 'req_info'];

const refundOriginal: Original = {
  doors: V2_DOORS,
  isBelieved: false,
  raw: inXml(REFUND_V2),
  isSame: (raw) => {
    const fields = fieldsIn(raw);
    return SEALED_PART.every((name) => fields?.get(name) === REFUND_V2.get(name));
  },
};

const ORIGINALS = [v3Original, v3Original, v2Original, refundOriginal];

/** Every so often it is WeChat's own, so that whoever refuses everything is found out. */
export function forgeryOf(chance: Chance): Letter {
  const of = chance.oneOf(ORIGINALS);
  const path = chance.is(0.9) ? chance.oneOf(of.doors) : chance.oneOf(DOORS);
  const raw = chance.is(0.02) ? of.raw : forged(chance, of);
  const letter = { of, path, raw };
  return { ...letter, isGenuine: isGenuine(letter) };
}

function forged(chance: Chance, { raw: { body, headers } }: Original): RawNotice {
  const isInHead = headers.length > 1 && chance.is(0.7);
  return {
    headers: isInHead || chance.is(0.1) ? otherHeaders(chance, headers) : headers,
    body: isInHead && chance.is(0.8) ? body : mutatedBytes(chance, body),
  };
}

type Headers = RawNotice['headers'];

function otherHeaders(chance: Chance, headers: Headers): Headers {
  const place = chance.from(0, headers.length - 1);
  const [name, value] = headers[place]!;
  const put = (...those: Headers): Headers => [...headers.slice(0, place), ...those, ...headers.slice(place + 1)];
  const ways: readonly (() => Headers)[] = [
    () => put([name, mutated(chance, value, NASTY, 8)]),
    () => put([name, mutated(chance, value, NASTY, 8)]),
    () => put([name, chance.oneOf(SAYINGS)]),
    () => put([name, chance.oneOf(headers)[1]]),
    () => put([name, `${chance.oneOf(['', ' ', '\t', '0', '\n'])}${value}${chance.oneOf(['', ' ', ',', '=', '\0'])}`]),
    () =>
      put(
        [name, value],
        [chance.is(0.5) ? name : name.toUpperCase(), chance.is(0.5) ? value : mutated(chance, value, NASTY, 8)],
      ),
    () => put([chance.is(0.5) ? name.toLowerCase() : name.toUpperCase(), value]),
    () => put(),
    () => [...headers, [chance.oneOf(OTHER_NAMES), chance.oneOf([SCHEME, ...NASTY])]],
    () => [headers[0]!, ...BY_A_STRANGER],
    () => chance.shuffled(headers),
  ];
  return chance.oneOf(ways)();
}

const OTHER_NAMES = [
  'Wechatpay-Signature-Type',
  'Wechatpay-Signature-Type',
  'Request-Id',
  'Wechatpay_Signature',
  'X-Wechatpay-Nonce',
];

const SERIALS = [
  'PUB_KEY_ID_',
  'PUB_KEY_ID_0119000001092024101500000000000000',
  '5157F09EFDC096DE15EBE81A47057A7232F1B8E1',
];
const SIGNATURES = [
  'WECHATPAY/SIGNTEST/',
  `WECHATPAY/SIGNTEST/${'A'.repeat(300)}`,
  'A'.repeat(344),
  `${'A'.repeat(342)}==`,
];
const TIMES = [...[0, 1, -299, -301, 1e6].map(secondsAt), `${secondsAt(0)}000`, '0', '-1', 'NaN'];
const SAYINGS = [SERIALS, SIGNATURES, TIMES, [SCHEME, '0'.repeat(40)]].flat();
