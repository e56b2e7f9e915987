import type { FindReconciliation } from '../../../application/find-reconciliation.ts';
import { readDay } from '../../../domain/statement/day.ts';
import type { Difference, Reconciliation } from '../../../domain/statement/reconciliation.ts';
import { ReconciliationNotFound } from '../../../domain/statement/statement-refusals.ts';
import type { DifferenceJson, ReconciliationJson } from '../answers/reconciliation.ts';
import type { Handler } from '../context.ts';
import { withoutBody } from '../json-body.ts';

/** `GET /v1/merchant/reconciliations/{YYYY-MM-DD}`: the day's bill against our orders. */
export function readReconciliation(find: FindReconciliation): Handler {
  return withoutBody(async (ctx) => {
    const day = readDay(String(ctx.params.day));
    if (!day) throw new ReconciliationNotFound();
    ctx.body = reconciliationJson(await find.execute(day));
  });
}

const reconciliationJson = (reconciliation: Reconciliation): ReconciliationJson => ({
  date: reconciliation.id,
  state: reconciliation.state,
  started_at: reconciliation.startedAt.toISOString(),
  finished_at: reconciliation.finishedAt?.toISOString() ?? null,
  compared: reconciliation.compared,
  matched: reconciliation.matched,
  difference_count: reconciliation.differenceCount,
  differences: reconciliation.differences.map(differenceJson),
});

const differenceJson = (difference: Difference): DifferenceJson => ({
  kind: difference.kind,
  out_trade_no: difference.outTradeNo,
  transaction_id: difference.transactionId,
  out_refund_no: difference.outRefundNo,
  there: difference.there,
  here: difference.here,
  healed: difference.healed,
});
