import { PaymentsOff } from '../../domain/order/order-refusals.ts';
import type { StatementGateway } from '../../domain/statement/statement-gateway.ts';

/** Stands where bills would come from, with WECHAT_PAY_API=off. */
export class NoStatements implements StatementGateway {
  async tradeBill(): Promise<never> {
    throw new PaymentsOff();
  }

  async fundFlow(): Promise<never> {
    throw new PaymentsOff();
  }

  async comments(): Promise<never> {
    throw new PaymentsOff();
  }
}
