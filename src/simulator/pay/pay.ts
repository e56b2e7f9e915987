import type { V2SignType } from '../../adapters/wechat/protocol/v2-signature.ts';
import { Recent } from '../recent.ts';
import type { Users } from '../users.ts';
import { BillRoom } from './bills/bill-room.ts';
import { Comments } from './comments.ts';
import { MerchantOrders } from './merchant-orders.ts';
import { MerchantRefunds } from './merchant-refunds.ts';
import type { SimulatedMerchant } from './merchant.ts';
import { Notices } from './notices.ts';
import { RefundDesk } from './refund-desk.ts';
import type { Dialect, News, TradeType } from './trade.ts';
import { v2Dialect } from './v2-dialect.ts';
import { v3Dialect } from './v3-dialect.ts';
import { V3Platform } from './v3-platform.ts';

/** Everything this WeChat Pay holds. */
export interface Pay {
  readonly merchant: SimulatedMerchant;
  readonly orders: MerchantOrders;
  readonly refunds: MerchantRefunds;
  readonly refundDesk: RefundDesk;
  readonly notices: Notices;
  readonly bills: BillRoom;
  readonly comments: Comments;
  /** What the merchant reported about its calls. */
  readonly reports: Recent<Readonly<Record<string, string>>>;
  readonly v2: Readonly<Record<V2SignType, Dialect>>;
  /** Undefined for a merchant that has not taken up version 3. */
  readonly v3: { readonly dialect: Dialect; readonly platform: V3Platform } | undefined;
  /** In whose name trades of this type are paid. */
  appidOf(tradeType: TradeType): string;
  /** Whether the merchant may have trades of this type at all. */
  takes(tradeType: TradeType): boolean;
  /** Nothing happens here of itself from now on. */
  close(): void;
}

export function openPay(appid: string, merchant: SimulatedMerchant, users: Users): Pay {
  const languages = languagesOf(merchant);
  const notices = new Notices((news) => dialectOf(news, languages));
  const refunds = new MerchantRefunds(users);
  const refundDesk = new RefundDesk(refunds, notices);
  return {
    merchant,
    orders: new MerchantOrders(),
    refunds,
    refundDesk,
    notices,
    bills: new BillRoom({ appid, mch_id: merchant.mchid }),
    comments: new Comments(),
    reports: new Recent(),
    ...languages,
    appidOf: (tradeType) => (tradeType === 'APP' ? (merchant.appAppid ?? appid) : appid),
    takes: (tradeType) => tradeType !== 'APP' || merchant.appAppid !== undefined,
    close() {
      refundDesk.close();
      notices.close();
    },
  };
}

type Languages = Pick<Pay, 'v2' | 'v3'>;

function languagesOf(merchant: SimulatedMerchant): Languages {
  const { mchid, v2Key } = merchant;
  const platform = merchant.v3 && new V3Platform(merchant.v3);
  return {
    v2: { MD5: v2Dialect(mchid, v2Key, 'MD5'), 'HMAC-SHA256': v2Dialect(mchid, v2Key, 'HMAC-SHA256') },
    v3: platform && { dialect: v3Dialect(mchid, platform), platform },
  };
}

/** A payment is told of as it was placed, a refund as it was asked for. */
function dialectOf(news: News, { v2, v3 }: Languages): Dialect {
  const { dialect } = news.trade.terms;
  if (!('refund' in news) || news.refund.terms.api === dialect.api) return dialect;
  return news.refund.terms.api === 'v3' && v3 ? v3.dialect : v2['HMAC-SHA256'];
}
