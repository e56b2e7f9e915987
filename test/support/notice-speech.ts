import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { sealAead } from '../../src/adapters/wechat/protocol/aead.ts';
import { readFlatXml } from '../../src/adapters/wechat/protocol/flat-xml.ts';
import { rfc3339 } from '../../src/adapters/wechat/protocol/rfc3339.ts';
import type { V2SignType } from '../../src/adapters/wechat/protocol/v2-signature.ts';
import type { RawNotice } from '../../src/domain/order/notice-reader.ts';
import type { PayApi } from '../../src/domain/order/pay-api.ts';
import type { Answer } from './client.ts';
import { APPID } from './samples.ts';
import { noticeFields, signedNotice } from './sandbox.ts';
import { signedWith, STRANGERS_KEY, V3_KEY, type V3Signing } from './scripted-pay-v3.ts';
import { MERCHANT } from './simulated-wechat-pay.ts';

/** One version's way to tell of a coffee for 8.88 yuan, without the simulator's help. */
export interface NoticeSpeech {
  readonly path: string;
  /** What WeChat would send of a payment; a new one, where no transaction is named. */
  readonly genuine: (outTradeNo: string, transactionId?: string) => RawNotice;
  /** What somebody sends who knows everything about the order but our keys, and who may not even speak the language. */
  readonly forgery: (n: number, outTradeNo: string) => RawNotice;
  /** Whether WeChat takes the answer for a yes, and for a no in good form. */
  readonly isYes: (answer: Answer) => boolean;
  readonly isNo: (answer: Answer) => boolean;
}

export const newTransaction = (): string =>
  `4200${String(randomInt(1e12)).padStart(12, '0')}${String(randomInt(1e12)).padStart(12, '0')}`;

const v2Fields = (number: string, transactionId = newTransaction()): Record<string, string> =>
  noticeFields(number, {
    mch_id: MERCHANT,
    total_fee: '888',
    cash_fee: '888',
    transaction_id: transactionId,
  });

const inXml = (body: string | Uint8Array): RawNotice => ({
  headers: [['content-type', 'text/xml']],
  body: typeof body === 'string' ? Buffer.from(body) : body,
});

function v2Forgery(n: number, number: string): RawNotice {
  const fields = v2Fields(number);
  const signed = (key: string, signType: V2SignType = 'HMAC-SHA256') => signedNotice(fields, { key, signType });
  const wrapped = (sign: string) => signed('x').replace(/(<sign>).*(<\/sign>)/, `$1${sign}$2`);
  const ways: readonly (() => string | Uint8Array)[] = [
    () => signed(randomBytes(16).toString('hex')),
    () => signed(randomBytes(16).toString('hex'), 'MD5'),
    () => signed(''),
    () => wrapped(randomBytes(32).toString('hex').toUpperCase()),
    () => wrapped(''),
    () => signed('x').replace(/<sign>.*<\/sign>/, ''),
    () => signed('x').replace('return_code', 'return_codes'),
    () => signed('x').slice(0, randomInt(600)),
    () => randomBytes(randomInt(600)),
    () => JSON.stringify(fields),
  ];
  return inXml(ways[n % ways.length]!());
}

const v2Code = ({ text }: Answer): string | undefined => readFlatXml(Buffer.from(text)).get('return_code');

/** A payment as version 3 tells it, sealed. */
export function v3Envelope(number: string, transactionId: string, key = V3_KEY): string {
  const told = {
    appid: APPID,
    mchid: MERCHANT,
    out_trade_no: number,
    transaction_id: transactionId,
    trade_type: 'JSAPI',
    trade_state: 'SUCCESS',
    bank_type: 'OTHERS',
    success_time: rfc3339(new Date()),
    payer: { openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' },
    amount: { total: 888, payer_total: 888, currency: 'CNY', payer_currency: 'CNY' },
  };
  const nonce = randomBytes(9).toString('base64url');
  return JSON.stringify({
    id: randomUUID(),
    create_time: rfc3339(new Date()),
    event_type: 'TRANSACTION.SUCCESS',
    resource_type: 'encrypt-resource',
    resource: {
      original_type: 'transaction',
      algorithm: 'AEAD_AES_256_GCM',
      ...sealAead(key, JSON.stringify(told), { nonce, associated_data: 'transaction' }),
    },
  });
}

/** By WeChat's public key, and just now where nothing else is said. */
export const inJson = (body: string | Uint8Array, signing: V3Signing = {}): RawNotice => ({
  headers: [['content-type', 'application/json'], ...signedWith(body, { timestamp: secondsFromNow(0), ...signing })],
  body: Buffer.from(body),
});

export const secondsFromNow = (seconds: number): string => String(Math.floor(Date.now() / 1_000) + seconds);

const strange = (length = 256): string => randomBytes(length).toString('base64');
const newSerial = (): string => `5${randomBytes(20).toString('hex').slice(1)}`.toUpperCase();

/** Signing takes its time, so that what somebody else has signed is signed once. */
const signedByOthers = new Map<string, RawNotice>();

function byOthers(number: string): RawNotice {
  const known = signedByOthers.get(number) ?? inJson(v3Envelope(number, newTransaction()), { key: STRANGERS_KEY });
  signedByOthers.set(number, known);
  return known;
}

function v3Forgery(n: number, number: string): RawNotice {
  const others = byOthers(number);
  const saying = (name: string, ...values: string[]): RawNotice => ({
    ...others,
    headers: [...others.headers.filter(([other]) => other !== name), ...values.map((value) => [name, value] as const)],
  });
  const signature = 'Wechatpay-Signature';
  const ways: readonly (() => RawNotice)[] = [
    () => others,
    () => saying(signature, strange()),
    () => saying(signature, `WECHATPAY/SIGNTEST/${strange(241)}`),
    () => saying(signature),
    () => saying('Wechatpay-Serial', newSerial()),
    () => saying('Wechatpay-Nonce', strange(16)),
    () => saying('Wechatpay-Timestamp', secondsFromNow(-randomInt(301, 1e6))),
    () => ({ ...others, headers: others.headers.slice(0, 1) }),
    () => ({ ...others, body: randomBytes(randomInt(600)) }),
    () => inXml(signedNotice(v2Fields(number), { key: 'x' })),
  ];
  return ways[n % ways.length]!();
}

export const SPEECHES: Readonly<Record<PayApi, NoticeSpeech>> = {
  v2: {
    path: '/notify/wechat-pay/v2/payment',
    genuine: (number, transactionId) => inXml(signedNotice(v2Fields(number, transactionId))),
    forgery: v2Forgery,
    isYes: (answer) => answer.status === 200 && v2Code(answer) === 'SUCCESS',
    isNo: (answer) => v2Code(answer) === 'FAIL',
  },
  v3: {
    path: '/notify/wechat-pay/v3',
    genuine: (number, transactionId = newTransaction()) => inJson(v3Envelope(number, transactionId)),
    forgery: v3Forgery,
    isYes: ({ status, text }) => status === 204 && text === '',
    isNo: ({ body }) => body.code === 'FAIL' && typeof body.message === 'string',
  },
};
