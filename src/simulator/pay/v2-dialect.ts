import { readFlatXml, UnreadableXml, writeFlatXml } from '../../adapters/wechat/protocol/flat-xml.ts';
import { paySignV2 } from '../../adapters/wechat/protocol/pay-sign.ts';
import { signV2, type V2SignType } from '../../adapters/wechat/protocol/v2-signature.ts';
import type { Wish } from './notice-wishes.ts';
import type { Dialect, PaymentNews, PaymentRequest } from './trade.ts';
import { anotherKey, head, type MerchantNames } from './v2-answer.ts';
import { orderFields, paymentFields } from './v2-payment.ts';
import { refundNotice } from './v2-refund-notice.ts';

/** The talk about orders that were placed through v2 with this sign type. */
export const v2Dialect = (names: MerchantNames, key: string, signType: V2SignType): Dialect => ({
  writeNotice(news, wish) {
    const fields =
      'refund' in news ? refundNotice(names, key, news, wish) : paymentNotice(names, key, signType, news, wish);
    const body = Buffer.from(writeFlatXml(fields));
    return { type: 'text/xml', body: wish.corrupt ? corrupted(body) : body };
  },
  isTaken(answer) {
    try {
      return readFlatXml(Buffer.from(answer)).get('return_code') === 'SUCCESS';
    } catch (error) {
      if (error instanceof UnreadableXml) return false;
      throw error;
    }
  },
  wrongWith: (request) => wrongWith(request, names.appid, key, signType),
});

function paymentNotice(
  names: MerchantNames,
  key: string,
  signType: V2SignType,
  news: PaymentNews,
  wish: Wish,
): ReadonlyMap<string, string> {
  const algorithm = wish.sign === 'downgrade' ? OTHER[signType] : signType;
  const fields = new Map([
    ...head(names),
    ...signTypeField(algorithm),
    ...newsFields(news),
    ...Object.entries(wish.override),
  ]);
  for (const name of wish.drop) fields.delete(name);
  return signed(fields, wish, key, algorithm);
}

const OTHER = { MD5: 'HMAC-SHA256', 'HMAC-SHA256': 'MD5' } as const;

/** MD5 goes without saying. */
const signTypeField = (signType: V2SignType): [string, string][] =>
  signType === 'MD5' ? [] : [['sign_type', signType]];

const newsFields = ({ trade, payment }: PaymentNews): readonly (readonly [string, string])[] =>
  payment
    ? [['result_code', 'SUCCESS'], ...paymentFields(trade, payment)]
    : [
        ['result_code', 'FAIL'],
        ['err_code', 'BANKERROR'],
        ['err_code_des', '银行系统异常'],
        ['openid', trade.terms.openid],
        ['trade_type', 'JSAPI'],
        ['total_fee', String(trade.terms.total)],
        ...orderFields(trade.terms),
      ];

/** A `sign` that was wished for, or wished away, stays so. */
function signed(
  fields: ReadonlyMap<string, string>,
  { sign, drop }: Wish,
  key: string,
  algorithm: V2SignType,
): ReadonlyMap<string, string> {
  if (sign === 'unsigned' || fields.has('sign') || drop.includes('sign')) return fields;
  const signature = signV2(fields, sign === 'wrong-key' ? anotherKey(key) : key, algorithm);
  return new Map([...fields, ['sign', signature]]);
}

function corrupted(body: Buffer): Buffer {
  const middle = Math.floor(body.length / 2);
  return Buffer.from(body.map((byte, index) => (index === middle ? byte ^ 1 : byte)));
}

function wrongWith(request: PaymentRequest, appId: string, key: string, signType: V2SignType): string | undefined {
  if (request.signType !== signType) return `signType is not ${signType}, with which the order was placed`;
  if (!/^[1-9]\d{9}$/.test(request.timeStamp)) return 'timeStamp is not Unix time in whole seconds';
  if (!/^[^\s]{1,32}$/.test(request.nonceStr)) return 'nonceStr is not 1 to 32 characters long';
  return request.paySign === paySignV2({ ...request, appId, signType }, key) ? undefined : 'paySign does not fit';
}
