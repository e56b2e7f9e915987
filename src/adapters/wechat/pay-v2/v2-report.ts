import type { OpenId } from '../../../domain/account/account.ts';
import type { PaymentReport } from '../../../domain/order/payment-report.ts';
import { readCompactTime } from '../protocol/compact-time.ts';
import { readFen } from '../protocol/fen-text.ts';
import { need } from '../protocol/unreadable-field.ts';
import type { V2Fields } from '../protocol/v2-signature.ts';

/**
 * What a notice and the answer to a query say of a payment, under the same names.
 * Of coupons only `cash_fee` is taken, for show: what was paid is `total_fee`, and WeChat's own samples disagree on the rest.
 */
export function readReport(fields: V2Fields): PaymentReport {
  return {
    appid: need('appid', textOf(fields, 'appid')),
    mchid: need('mch_id', textOf(fields, 'mch_id')),
    outTradeNo: need('out_trade_no', textOf(fields, 'out_trade_no')),
    transactionId: need('transaction_id', transactionIdOf(fields)),
    total: need('total_fee', readFen(fields.get('total_fee'))),
    paidAt: need('time_end', readCompactTime(fields.get('time_end') ?? '')),
    currency: textOf(fields, 'fee_type') ?? 'CNY',
    payer: textOf(fields, 'openid') as OpenId | null,
    payerTotal: readFen(fields.get('cash_fee')) ?? null,
    tradeType: textOf(fields, 'trade_type'),
    bankType: textOf(fields, 'bank_type'),
  };
}

/** WeChat leaves out what is empty, or sends it empty. */
export const textOf = (fields: V2Fields, name: string): string | null => fields.get(name) || null;

/** Newer ones have 28 to 32 digits, older ones fewer. */
export function transactionIdOf(fields: V2Fields): string | null {
  const id = fields.get('transaction_id') ?? '';
  return /^\d{10,32}$/.test(id) ? id : null;
}
