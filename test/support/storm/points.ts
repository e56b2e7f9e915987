/** Where a server can be killed, so that each lies between two things that must both happen or be made good. */
const POINTS = {
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
  K2: 'the order is made and the key not finished',
} as const;

export type Point = keyof typeof POINTS;

export const ALL_POINTS = Object.keys(POINTS) as Point[];

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
