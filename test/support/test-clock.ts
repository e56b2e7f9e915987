import { type Clock, later } from '../../src/domain/clock.ts';
import { NOON } from './samples.ts';

/** Stands still until it is told to move. */
export class TestClock implements Clock {
  #now = NOON;

  now(): Date {
    return this.#now;
  }

  pass(milliseconds: number): void {
    this.#now = later(this.#now, milliseconds);
  }
}
