import type { Account, UnionId } from '../../src/domain/account/account.ts';
import { noteFailedPayment, place } from '../../src/domain/order/order-steps.ts';
import type { Order } from '../../src/domain/order/order.ts';
import { openPersistence } from '../../src/main/modules/persistence.ts';
import { NOON, sampleAccount, sampleTerms } from './samples.ts';
import { testConfig } from './test-config.ts';

/** One process of several that save one thing over and over, each time with many contenders over one version. */
const [kind = '', id = '', rounds = '0', contenders = '0'] = process.argv.slice(2);

const { STORAGE = '', SQLITE_PATH, POSTGRES_URL, MONGODB_URL } = process.env;
const settings = { STORAGE, SQLITE_PATH, POSTGRES_URL, MONGODB_URL };
const persistence = await openPersistence(testConfig(settings).storage);
const { accounts, orders, events } = persistence;

interface Contested<Thing extends { readonly version: number }> {
  begin(): Promise<unknown>;
  read(): Promise<Thing | undefined>;
  save(read: Thing, contender: string): Promise<unknown>;
}

const account: Contested<Account> = {
  begin: () => accounts.register(sampleAccount({ id: id as never, openid: `o${id}` as never })),
  read: () => accounts.find(id as never),
  save: (read, contender) => accounts.save({ ...read, unionid: contender as UnionId }),
};

/** Whoever comes second finds the number taken. */
const order: Contested<Order> = {
  begin: () => orders.add(place(sampleTerms({ id: id as never }), null, 'v2')).catch(() => {}),
  read: () => orders.find(id as never),
  save: (read, contender) => orders.save(noteFailedPayment(read, contender, { now: NOON })),
};

async function contend<Thing extends { readonly version: number }>(thing: Contested<Thing>) {
  await thing.begin();
  const won: number[] = [];
  for (let round = 0; round < Number(rounds); round += 1) {
    const read = (await thing.read())!;
    const saves = Array.from({ length: Number(contenders) }, (_, n) =>
      thing.save(read, `${process.pid}-${round}-${n}`),
    );
    for (const save of await Promise.allSettled(saves)) if (save.status === 'fulfilled') won.push(read.version);
  }
  // The other process may still be winning: the last to look sees all.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  return { won, version: (await thing.read())!.version };
}

const contest = await (kind === 'order' ? contend(order) : contend(account));
const told = (await events.page('', 1_000)).map(({ event }) => event.sequence);
await persistence.close();
process.send!({ ...contest, told }, () => process.disconnect());
