import { expect, it } from 'vitest';
import type { Persistence } from '../../src/domain/persistence.ts';

/** What Persistence promises as a whole, a case for every sentence that holds for every storage. */
export function persistenceContract(open: () => Promise<Persistence>): void {
  it('Answers when the storage can be read and written', async () => {
    const persistence = await open();
    await expect(persistence.ping()).resolves.toBeUndefined();
  });

  it('Closing twice does no harm', async () => {
    const persistence = await open();
    await persistence.close();
    await expect(persistence.close()).resolves.toBeUndefined();
  });
}
