import type { Operation } from '../operation.ts';
import { HOUSE, NOTICES } from './house.ts';
import { ORDERS, REFUNDS } from './merchant.ts';
import { LOGIN, OWN_ORDERS, PROFILE } from './mini-program.ts';
import { STATEMENTS } from './statements.ts';
import { WEBHOOKS } from './webhooks.ts';

/** Every route, in the order in which it is read about. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  ...LOGIN,
  ...PROFILE,
  ...OWN_ORDERS,
  ...ORDERS,
  ...REFUNDS,
  ...STATEMENTS,
  ...WEBHOOKS,
  ...NOTICES,
  ...HOUSE,
};
