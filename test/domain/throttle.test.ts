import { describe, expect, it } from 'vitest';
import { NO_LIMIT, PerMinute, TooManyRequests } from '../../src/domain/throttle.ts';

describe('a limit per minute', () => {
  const counting = (calls: number, resetsIn = 30_500) => ({ count: async () => ({ calls, resetsIn }) });

  it('admits as many calls as it allows', async () => {
    await expect(new PerMinute(5, counting(5)).admit('a')).resolves.toBeUndefined();
  });

  it('Refuses a call beyond the limit with TooManyRequests, which says when to come again', async () => {
    const refused = new PerMinute(5, counting(6)).admit('a');
    await expect(refused).rejects.toThrow(TooManyRequests);
    await expect(refused).rejects.toMatchObject({ retryAfterSeconds: 31 });
    await expect(new PerMinute(5, counting(6, 0)).admit('a')).rejects.toMatchObject({ retryAfterSeconds: 1 });
  });

  it('counts nothing where there is none', async () => {
    await expect(NO_LIMIT.admit('a')).resolves.toBeUndefined();
  });
});
