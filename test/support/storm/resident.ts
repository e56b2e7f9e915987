import type { Persistence } from '../../../src/domain/persistence.ts';
import { type House, type HouseOrders, openHouse } from './house.ts';
import type { Instance } from './instance.ts';
import { FaultPoints } from './points.ts';

/** A server in this process, over a storage that is forgotten with its process: it lives for as long as the storm. */
export class Resident implements Instance {
  readonly url: Promise<string>;
  readonly kills = 0;
  readonly #house: Promise<House>;

  constructor(orders: HouseOrders, persistence: Persistence, log: (line: string) => void) {
    this.#house = openHouse(orders, { persistence, points: new FaultPoints(), log: { write: log } });
    this.url = this.#house.then(({ url }) => url);
  }

  async stop(): Promise<void> {
    await (await this.#house).close();
  }
}
