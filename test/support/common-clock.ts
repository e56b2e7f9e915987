import { onTestFinished, vi } from 'vitest';
import type { Clock } from '../../src/domain/clock.ts';

/**
 * The clock of all who live in this process, a simulator too, for as long as the test runs: it begins with the wall's time
 * and stands still until it is told to move. Those who show each other the time when they sign have to agree on it.
 */
export class CommonClock implements Clock {
  constructor() {
    // The second is that in which failures are counted.
    vi.useFakeTimers({ toFake: ['Date', 'performance'], now: vi.getRealSystemTime() });
    onTestFinished(() => void vi.useRealTimers());
  }

  now(): Date {
    return new Date();
  }

  pass(milliseconds: number): void {
    vi.advanceTimersByTime(milliseconds);
  }
}
