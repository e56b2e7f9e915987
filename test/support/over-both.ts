import { PAY_APIS, type PayApi } from '../../src/domain/order/pay-api.ts';
import { describeOn } from './backends.ts';
import type { Storage } from './storages.ts';

const isThorough = process.env.WEXAGON_THOROUGH !== undefined;

/**
 * The same tests over either version of WeChat Pay's API, and the closing table tells which. A quick run has version 3 on
 * one storage, a thorough one (`npm run test:thorough`) on all.
 */
export function describeOverBoth(
  story: string,
  storages: readonly Storage[],
  cases: (storage: Storage, api: PayApi) => void,
  quickly: Storage['name'] = 'memory',
): void {
  for (const api of PAY_APIS) {
    const some = api === 'v2' || isThorough ? storages : storages.filter(({ name }) => name === quickly);
    describeOn(`${story} over ${api}`, some, (storage) => cases(storage, api));
  }
}

/** Of what there is in version 3 alone. */
export function describeOverV3(
  story: string,
  storages: readonly Storage[],
  cases: (storage: Storage) => void,
  quickly: Storage['name'] = 'memory',
): void {
  const some = isThorough ? storages : storages.filter(({ name }) => name === quickly);
  describeOn(`${story} over v3`, some, cases);
}
