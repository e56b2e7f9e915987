import type { Unknown } from '../../../domain/order/payment-gateway.ts';
import { Outage } from '../../../domain/outage.ts';

/** Whatever keeps WeChat from giving an answer is an answer, too. */
export async function orUnknown<Answer>(ask: () => Promise<Answer>): Promise<Answer | Unknown> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Outage) return { kind: 'unknown', outage: error };
    throw error;
  }
}
