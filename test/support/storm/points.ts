/*
 * Where a server can be killed, so that each lies between two things that must both happen or be made good.
 */

const OF_ORDERS = {
  P1: 'prepaying is saved, WeChat has not been asked',
  P2: 'WeChat has been asked for a ticket and has not answered',
  P3: 'WeChat’s ticket is in hand and not saved',
  P4: 'the ticket is saved and the phone not answered',
  N1: 'the notice is verified and nothing is written',
  N2: 'the order is written and its event is not, within the step',
  N3: 'the notice is written and WeChat not answered',
  N4: 'all is written and not committed',
  Q1: 'closing is saved, WeChat has not been asked',
  Q2: 'WeChat has been asked to close and has not answered',
  Q3: 'WeChat has closed and has not been asked how it stands',
  Q4: 'WeChat’s word is in hand and closed is not saved',
  K1: 'the Idempotency-Key is taken and nothing is made',
  K2: 'what was asked for is made and the key not finished',
} as const;

const OF_REFUNDS = {
  R1: 'the refund is asked for and nothing is written',
  R2: 'the refund is written, its turn is not claimed',
  R3: 'its turn is claimed, WeChat has not been asked',
  R4: 'WeChat has been asked for the refund and has not answered',
  R5: 'WeChat has taken the refund and that is not written',
  R6: 'the order with the taken refund is written and its event is not, within the step',
  R7: 'all of that is written and not committed',
  R8: 'that WeChat has taken the refund is written, and nobody answered',
  F1: 'WeChat has been asked how the refunds stand and has not answered',
  F2: 'WeChat’s word on the refunds is in hand and not written',
  F3: 'what became of the refund is written',
  T1: 'the notice of a refund is read and nothing is written',
  T2: 'what it tells is written, or that it asks for a look, and WeChat not answered',
} as const;

const OF_WEBHOOKS = {
  W1: 'events are read, and are not taken up',
  W2: 'events are taken up, and none is told',
  W3: 'a webhook is claimed and has not left the house',
  W4: 'the receiver has answered and that is not written',
  W5: 'what the receiver answered is written',
} as const;

const OF_USERS = {
  L1: 'WeChat has said who logs in, and nothing is written',
  L2: 'the account is written, its session is not',
  L3: 'the session is written and the phone not answered',
  L4: 'the account is changed and the phone not answered',
} as const;

export type Point = keyof typeof OF_ORDERS | keyof typeof OF_REFUNDS | keyof typeof OF_WEBHOOKS | keyof typeof OF_USERS;

export const ORDER_POINTS = Object.keys(OF_ORDERS) as Point[];

/** A refund may be asked for with an Idempotency-Key, too. */
export const REFUND_POINTS = [...(Object.keys(OF_REFUNDS) as Point[]), 'K1', 'K2'] as const satisfies Point[];

export const USER_POINTS = Object.keys(OF_USERS) as Point[];

export const WEBHOOK_POINTS = Object.keys(OF_WEBHOOKS) as Point[];

export const ALL_POINTS = Object.keys({ ...OF_ORDERS, ...OF_REFUNDS, ...OF_WEBHOOKS, ...OF_USERS }) as Point[];

/** Ends this process like a power cut would, at the named point. */
export class FaultPoints {
  #armed: { readonly point: Point; left: number } | undefined;

  /** From now on: dies when the point is passed for the n-th time. */
  arm(point: Point, passing: number): void {
    this.#armed = { point, left: passing };
  }

  pass(point: Point): void {
    if (this.#armed?.point !== point) return;
    this.#armed.left -= 1;
    if (this.#armed.left === 0) process.kill(process.pid, 'SIGKILL');
  }
}
