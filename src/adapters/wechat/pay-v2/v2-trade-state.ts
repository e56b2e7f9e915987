import type { QueryAnswer } from '../../../domain/order/payment-gateway.ts';
import { unreadable } from '../pay-client/outages.ts';
import { kindOfState } from '../pay-client/trade-state.ts';
import type { V2Fields } from '../protocol/v2-signature.ts';
import { UnreadableField } from '../protocol/unreadable-field.ts';
import { readReport } from './v2-report.ts';

/** Throws an Outage for what cannot be. */
export function readTradeState(fields: V2Fields, outTradeNo: string): QueryAnswer {
  const state = fields.get('trade_state');
  if (!state) throw unreadable('no trade_state');
  const kind = kindOfState(state);
  if (kind === 'paid') return { kind, report: reportIn(fields) };
  // About a payment, the domain compares everything; of this, nothing but the number can be compared.
  if ((fields.get('out_trade_no') ?? outTradeNo) !== outTradeNo) throw unreadable('another out_trade_no');
  return { kind };
}

function reportIn(fields: V2Fields) {
  try {
    return readReport(fields);
  } catch (error) {
    throw error instanceof UnreadableField ? unreadable(error.message) : error;
  }
}
