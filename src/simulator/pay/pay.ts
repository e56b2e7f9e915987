import type { V2SignType } from '../../adapters/wechat/protocol/v2-signature.ts';
import { Recent } from '../recent.ts';
import { MerchantOrders } from './merchant-orders.ts';
import type { SimulatedMerchant } from './merchant.ts';
import { Notices } from './notices.ts';
import type { Dialect } from './trade.ts';
import { v2Dialect } from './v2-dialect.ts';

/** Everything this WeChat Pay holds. */
export interface Pay {
  readonly merchant: SimulatedMerchant;
  readonly orders: MerchantOrders;
  readonly notices: Notices;
  /** What the merchant reported about its calls. */
  readonly reports: Recent<Readonly<Record<string, string>>>;
  readonly v2: Readonly<Record<V2SignType, Dialect>>;
}

export function openPay(appid: string, merchant: SimulatedMerchant): Pay {
  const names = { appid, mch_id: merchant.mchid };
  return {
    merchant,
    orders: new MerchantOrders(),
    notices: new Notices(),
    reports: new Recent(),
    v2: {
      MD5: v2Dialect(names, merchant.v2Key, 'MD5'),
      'HMAC-SHA256': v2Dialect(names, merchant.v2Key, 'HMAC-SHA256'),
    },
  };
}
