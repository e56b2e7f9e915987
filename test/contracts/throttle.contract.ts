import { expect, it } from 'vitest';
import { type Throttle, TooManyRequests } from '../../src/domain/throttle.ts';

/** What Throttle promises; `open` makes one that admits so many calls a minute. */
export function throttleContract(open: (perMinute: number) => Throttle): void {
  it('Admits as many calls of a key as the limit allows in its window', async () => {
    const throttle = open(5);
    for (let call = 0; call < 5; call += 1) await expect(throttle.admit('a')).resolves.toBeUndefined();
  });

  it('Refuses the one after that with TooManyRequests, which says in how many seconds to come again', async () => {
    const throttle = open(5);
    const calls = await Promise.allSettled(Array.from({ length: 6 }, () => throttle.admit('a')));
    const refused = calls.filter((call) => call.status === 'rejected').map((call) => call.reason as unknown);
    expect(refused).toEqual([expect.any(TooManyRequests)]);
    const { retryAfterSeconds } = refused[0] as TooManyRequests;
    expect(retryAfterSeconds).toBeGreaterThan(0);
    expect(retryAfterSeconds).toBeLessThanOrEqual(60);
  });

  it('Keys do not count against each other', async () => {
    const throttle = open(1);
    await throttle.admit('a');
    await expect(throttle.admit('b')).resolves.toBeUndefined();
    await expect(throttle.admit('a')).rejects.toThrow(TooManyRequests);
  });
}
