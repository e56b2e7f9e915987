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
import type { Dialect } from './trade.ts';
import { v2Dialect } from './v2-dialect.ts';

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
  /** Nothing happens here of itself from now on. */
  close(): void;
}

export function openPay(appid: string, merchant: SimulatedMerchant, users: Users): Pay {
  const names = { appid, mch_id: merchant.mchid };
  const notices = new Notices();
  const refunds = new MerchantRefunds(users);
  const refundDesk = new RefundDesk(refunds, notices);
  return {
    merchant,
    orders: new MerchantOrders(),
    refunds,
    refundDesk,
    notices,
    bills: new BillRoom(names),
    comments: new Comments(),
    reports: new Recent(),
    v2: {
      MD5: v2Dialect(names, merchant.v2Key, 'MD5'),
      'HMAC-SHA256': v2Dialect(names, merchant.v2Key, 'HMAC-SHA256'),
    },
    close() {
      refundDesk.close();
      notices.close();
    },
  };
}
