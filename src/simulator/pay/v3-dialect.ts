import type { KeyObject } from 'node:crypto';
import { isSignedV3 } from '../../adapters/wechat/protocol/v3-signature.ts';
import { corrupted } from './corrupted.ts';
import type { Wish } from './notice-wishes.ts';
import { wrongInCall } from './request-shape.ts';
import type { AppRequest, Dialect, PaymentRequest, Terms } from './trade.ts';
import { noticeEnvelope } from './v3-notice.ts';
import type { V3Platform } from './v3-platform.ts';
import { type SignedOtherwise, signedHeaders } from './v3-signed.ts';

/** The talk about orders that were placed through v3, and about refunds that were asked for there. */
export const v3Dialect = (mchid: string, platform: V3Platform): Dialect => ({
  api: 'v3',
  writeNotice(news, wish) {
    const text = JSON.stringify(noticeEnvelope(news, mchid, platform.apiKey, wish));
    const body = Buffer.from(text);
    return {
      type: 'application/json',
      headers: headersOf(text, platform, wish),
      body: wish.corrupt ? corrupted(body) : body,
    };
  },
  isTaken: ({ status }) => status === 200 || status === 204,
  wrongWith: (request, terms) => wrongWith(request, terms, platform.merchant.key),
  wrongWithApp: (request) => wrongWithApp(request, platform.merchant.key),
});

const BY: Readonly<Record<Exclude<Wish['sign'], 'unsigned'>, NonNullable<SignedOtherwise['by']>>> = {
  right: 'right',
  downgrade: 'weaker-hash',
  'wrong-key': 'another-key',
  probe: 'probe',
};

function headersOf(text: string, platform: V3Platform, { sign, timestamp, serial }: Wish): Record<string, string> {
  if (sign === 'unsigned') return {};
  return signedHeaders(text, platform.noticeSigner(), { by: BY[sign], timeOff: timestamp, serial });
}

function wrongWith(request: PaymentRequest, { appid }: Terms, key: KeyObject): string | undefined {
  if (request.signType !== 'RSA') return 'signType is not RSA, with which the order was placed';
  const lines = [appid, request.timeStamp, request.nonceStr, request.package];
  const wrong = wrongInCall(request.timeStamp, request.nonceStr);
  return wrong ?? (isSigned(lines, request.paySign, key) ? undefined : 'paySign does not fit');
}

const wrongWithApp = (
  { appid, timestamp, noncestr, prepayid, sign }: AppRequest,
  key: KeyObject,
): string | undefined =>
  isSigned([appid, timestamp, noncestr, prepayid], sign, key) ? undefined : 'sign does not fit';

const isSigned = (lines: readonly string[], signature: string, key: KeyObject): boolean =>
  isSignedV3(Buffer.from(lines.map((line) => `${line}\n`).join('')), signature, key);
