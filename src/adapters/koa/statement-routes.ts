import type Router from '@koa/router';
import type { FindReconciliation } from '../../application/find-reconciliation.ts';
import type { ReadBill } from '../../application/read-bill.ts';
import type { ReadComments } from '../../application/read-comments.ts';
import type { Middleware, State } from './context.ts';
import { readFundFlow, readTradeBill } from './controllers/bills.ts';
import { readComments } from './controllers/comments.ts';
import { readReconciliation } from './controllers/reconciliations.ts';

export interface StatementRouteNeeds {
  readonly readBill: ReadBill;
  readonly readComments: ReadComments;
  readonly findReconciliation: FindReconciliation;
}

/** Every path on which a merchant reads what WeChat has written down. */
export function serveStatements(router: Router<State>, backend: Middleware, needs: StatementRouteNeeds): void {
  router.get('/v1/merchant/bills/trade', backend, readTradeBill(needs.readBill));
  router.get('/v1/merchant/bills/fund-flow', backend, readFundFlow(needs.readBill));
  router.get('/v1/merchant/reconciliations/:day', backend, readReconciliation(needs.findReconciliation));
  router.get('/v1/merchant/comments', backend, readComments(needs.readComments));
}
