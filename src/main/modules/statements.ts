import { NoStatements } from '../../adapters/wechat/statements-off.ts';
import { V2Statements } from '../../adapters/wechat/pay-v2/v2-statements.ts';
import { FindReconciliation } from '../../application/find-reconciliation.ts';
import { ReadBill } from '../../application/read-bill.ts';
import { ReadComments } from '../../application/read-comments.ts';
import { ReconcileDay } from '../../application/reconcile-day.ts';
import { ReconcileYesterday } from '../../application/reconcile-yesterday.ts';
import { moduleOf } from '../container.ts';
import { TOKENS as T } from '../tokens.ts';

const { clock, events, lookAtOrder, lookForRefunds, orders, payments, readBill, reconciliations, statements } = T;

/** What WeChat writes down about a merchant's days, and how it compares with what we have. */
export const statementsModule = moduleOf((bind) => {
  bind.made(statements, { config: T.config }, ({ config }) =>
    config.payments ? new V2Statements(config.payments) : new NoStatements(),
  );
  bind.built(readBill, ReadBill, { clock, statements });
  bind.built(T.readComments, ReadComments, { statements });
  bind.built(T.reconcileDay, ReconcileDay, {
    clock,
    events,
    lookAtOrder,
    lookForRefunds,
    orders,
    payments,
    readBill,
    reconciliations,
  });
  bind.built(T.reconcileYesterday, ReconcileYesterday, { clock, reconcileDay: T.reconcileDay, reconciliations });
  bind.built(T.findReconciliation, FindReconciliation, { reconciliations });
});
