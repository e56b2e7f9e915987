import { NoStatements } from '../../adapters/wechat/statements-off.ts';
import type { PlatformKeys } from '../../adapters/wechat/pay-v3/platform-keys.ts';
import { V3Statements } from '../../adapters/wechat/pay-v3/v3-statements.ts';
import { V2Statements } from '../../adapters/wechat/pay-v2/v2-statements.ts';
import { FindReconciliation } from '../../application/find-reconciliation.ts';
import { ReadBill } from '../../application/read-bill.ts';
import { ReadComments } from '../../application/read-comments.ts';
import { ReconcileDay } from '../../application/reconcile-day.ts';
import { ReconcileYesterday } from '../../application/reconcile-yesterday.ts';
import type { Clock } from '../../domain/clock.ts';
import type { StatementGateway } from '../../domain/statement/statement-gateway.ts';
import type { LiveConfig } from '../config.ts';
import { moduleOf } from '../container.ts';
import { TOKENS as T } from '../tokens.ts';
import { v3Settings } from './gateways.ts';

const { clock, events, lookAtOrder, lookForRefunds, orders, payments, readBill, reconciliations, statements } = T;

/** What WeChat writes down about a merchant's days, and how it compares with what we have. */
export const statementsModule = moduleOf((bind) => {
  bind.made(statements, { config: T.config, clock, keys: T.platformKeys }, statementsOf);
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

interface Needs {
  readonly config: LiveConfig;
  readonly clock: Clock;
  readonly keys: PlatformKeys | null;
}

/** Comments and one type of bill are to be had by version 2 alone. */
function statementsOf({ config, clock: now, keys }: Needs): StatementGateway {
  const v3 = v3Settings(config);
  const v2 = config.payments?.v2 ? new V2Statements(config.payments.v2) : null;
  if (config.payments?.api === 'v3' && v3 && keys) return new V3Statements(v3, now, keys, v2);
  return v2 ?? new NoStatements();
}
