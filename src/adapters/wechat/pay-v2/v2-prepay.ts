import { HOUR, MINUTE } from '../../../domain/clock.ts';
import type { PrepayingOrder } from '../../../domain/order/order.ts';
import type { TradeType } from '../../../domain/order/trade-type.ts';
import { unreadable } from '../pay-client/outages.ts';
import { compactTime } from '../protocol/compact-time.ts';
import type { V2Fields } from '../protocol/v2-signature.ts';
import type { V2Parameters } from './v2-request.ts';

/** How version 2 calls it, what it answers to pay with, and for how long that is good. */
const KINDS: Readonly<Record<TradeType, Kind>> = {
  JSAPI: { name: 'JSAPI', pass: 'prepay_id', shape: /^[!-~]{1,64}$/, lifetime: 2 * HOUR },
  NATIVE: { name: 'NATIVE', pass: 'code_url', shape: /^weixin:\/\/[!-~]{1,512}$/, lifetime: 2 * HOUR },
  H5: { name: 'MWEB', pass: 'mweb_url', shape: /^https?:\/\/[!-~]{1,512}$/, lifetime: 5 * MINUTE },
  APP: { name: 'APP', pass: 'prepay_id', shape: /^[!-~]{1,64}$/, lifetime: 2 * HOUR },
};

interface Kind {
  readonly name: string;
  readonly pass: string;
  readonly shape: RegExp;
  readonly lifetime: number;
}

export const ticketLifetime = (tradeType: TradeType): number => KINDS[tradeType].lifetime;

/** Everything comes from the order, so that saying it again is saying the very same. */
export const unifiedOrderOf = (order: PrepayingOrder, notifyUrl: string): V2Parameters => ({
  trade_type: KINDS[order.prepay.tradeType].name,
  body: order.description,
  out_trade_no: order.id,
  fee_type: order.amount.currency,
  total_fee: String(order.amount.total),
  spbill_create_ip: order.prepay.clientIp,
  time_expire: compactTime(order.timeExpire),
  notify_url: notifyUrl,
  attach: order.attach ?? undefined,
  ...ownParameters(order, notifyUrl),
});

function ownParameters({ id, description, payer, prepay }: PrepayingOrder, notifyUrl: string): V2Parameters {
  if (prepay.tradeType === 'JSAPI') return { openid: payer?.openid };
  if (prepay.tradeType === 'NATIVE') return { product_id: id };
  return prepay.tradeType === 'H5' ? { scene_info: sceneOf(new URL(notifyUrl).origin, description) } : {};
}

const LONGEST_SCENE = 256;

/** Of a name that is too long the beginning will do. */
function sceneOf(origin: string, name: string): string {
  const scene = JSON.stringify({ h5_info: { type: 'Wap', wap_url: origin, wap_name: name } });
  const fits = Buffer.byteLength(scene) <= LONGEST_SCENE || name === '';
  return fits ? scene : sceneOf(origin, Array.from(name).slice(0, -1).join(''));
}

/** What the payer is to be given. Throws an Outage where that is missing or cannot be. */
export function passIn(fields: V2Fields, tradeType: TradeType): string {
  const { pass, shape } = KINDS[tradeType];
  const value = fields.get(pass) ?? '';
  if (!shape.test(value)) throw unreadable(`no ${pass}`);
  return value;
}
