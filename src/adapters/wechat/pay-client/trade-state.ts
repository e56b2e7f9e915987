/** What each `trade_state` means, in either version. Of money that was given back, it was paid all the same. */
const STATES: Readonly<Record<string, 'paid' | 'unpaid' | 'closed'>> = {
  SUCCESS: 'paid',
  REFUND: 'paid',
  NOTPAY: 'unpaid',
  USERPAYING: 'unpaid',
  PAYERROR: 'unpaid',
  ACCEPT: 'unpaid',
  CLOSED: 'closed',
  REVOKED: 'closed',
};

/** A state that nobody has heard of yet is not the end of an order. */
export const kindOfState = (state: string): 'paid' | 'unpaid' | 'closed' =>
  Object.hasOwn(STATES, state) ? STATES[state]! : 'unpaid';
