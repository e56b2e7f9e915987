import { readFlatXml, UnreadableXml, writeFlatXml } from '../../adapters/wechat/protocol/flat-xml.ts';
import { appSignV2, paySignV2 } from '../../adapters/wechat/protocol/pay-sign.ts';
import { signV2, type V2SignType } from '../../adapters/wechat/protocol/v2-signature.ts';
import { textOf, type Wish } from './notice-wishes.ts';
import { corrupted } from './corrupted.ts';
import { wrongInCall } from './request-shape.ts';
import type { Dialect, PaymentNews, Terms } from './trade.ts';
import { anotherKey, head } from './v2-answer.ts';
import { orderFields, paymentFields } from './v2-payment.ts';
import { refundNotice } from './v2-refund-notice.ts';

/** The talk about orders that were placed through v2 with this sign type. */
export const v2Dialect = (mchid: string, key: string, signType: V2SignType): Dialect => ({
  api: 'v2',
  writeNotice(news, wish) {
    const names = { appid: news.trade.terms.appid, mch_id: mchid };
    const fields =
      'refund' in news ? refundNotice(names, key, news, wish) : paymentNotice(mchid, key, signType, news, wish);
    const body = Buffer.from(writeFlatXml(fields));
    return { type: 'text/xml', headers: {}, body: wish.corrupt ? corrupted(body) : body };
  },
  isTaken: ({ body }) => saysSuccess(body),
  wrongWith(request, { appid }) {
    if (request.signType !== signType) return `signType is not ${signType}, with which the order was placed`;
    const sign = paySignV2({ ...request, appId: appid, signType }, key);
    return wrongInCall(request.timeStamp, request.nonceStr) ?? (request.paySign === sign ? undefined : UNFIT);
  },
  wrongWithApp: (request) => (request.sign === appSignV2(request, key, signType) ? undefined : 'sign does not fit'),
});

const UNFIT = 'paySign does not fit';

function saysSuccess(answer: string): boolean {
  try {
    return readFlatXml(Buffer.from(answer)).get('return_code') === 'SUCCESS';
  } catch (error) {
    if (error instanceof UnreadableXml) return false;
    throw error;
  }
}

function paymentNotice(
  mchid: string,
  key: string,
  signType: V2SignType,
  news: PaymentNews,
  wish: Wish,
): ReadonlyMap<string, string> {
  const algorithm = wish.sign === 'downgrade' ? OTHER[signType] : signType;
  const fields = new Map([
    ...head({ appid: news.trade.terms.appid, mch_id: mchid }),
    ...signTypeField(algorithm),
    ...newsFields(news),
  ]);
  for (const [name, value] of Object.entries(wish.override)) fields.set(name, textOf(value));
  for (const name of wish.drop) fields.delete(name);
  return signed(fields, wish, key, algorithm);
}

const OTHER = { MD5: 'HMAC-SHA256', 'HMAC-SHA256': 'MD5' } as const;

/** MD5 goes without saying. */
const signTypeField = (signType: V2SignType): [string, string][] =>
  signType === 'MD5' ? [] : [['sign_type', signType]];

const newsFields = ({ trade, payment }: PaymentNews): readonly (readonly [string, string])[] =>
  payment ? [['result_code', 'SUCCESS'], ...paymentFields(trade, payment)] : failureFields(trade.terms);

const failureFields = (terms: Terms): readonly (readonly [string, string])[] => [
  ['result_code', 'FAIL'],
  ['err_code', 'BANKERROR'],
  ['err_code_des', '银行系统异常'],
  ['openid', terms.openid],
  ['trade_type', terms.tradeType],
  ['total_fee', String(terms.total)],
  ...orderFields(terms),
];

/** A `sign` that was wished for, or wished away, stays so. */
function signed(
  fields: ReadonlyMap<string, string>,
  { sign, drop }: Wish,
  key: string,
  algorithm: V2SignType,
): ReadonlyMap<string, string> {
  if (sign === 'unsigned' || fields.has('sign') || drop.includes('sign')) return fields;
  const isWrong = sign === 'wrong-key' || sign === 'probe';
  return new Map([...fields, ['sign', signV2(fields, isWrong ? anotherKey(key) : key, algorithm)]]);
}
