import type { AccountId, UnionId } from '../../src/domain/account/account.ts';
import { openPersistence } from '../../src/main/modules/persistence.ts';
import { sampleAccount } from './samples.ts';
import { testConfig } from './test-config.ts';

/** One process of several that save one account over and over, each time with many contenders over one version. */
const [id = '', rounds = '0', contenders = '0'] = process.argv.slice(2);

const { STORAGE = '', SQLITE_PATH, POSTGRES_URL, MONGODB_URL } = process.env;
const settings = { STORAGE, SQLITE_PATH, POSTGRES_URL, MONGODB_URL };
const persistence = await openPersistence(testConfig(settings).storage);
const { accounts } = persistence;
await accounts.register(sampleAccount({ id: id as AccountId, openid: `o${id}` as never }));

const won: number[] = [];
let version = 0;
for (let round = 0; round < Number(rounds); round += 1) {
  const account = (await accounts.find(id as AccountId))!;
  const saves = Array.from({ length: Number(contenders) }, (_, n) =>
    accounts.save({ ...account, unionid: `${process.pid}-${round}-${n}` as UnionId }),
  );
  for (const save of await Promise.allSettled(saves)) if (save.status === 'fulfilled') won.push(account.version);
  version = (await accounts.find(id as AccountId))!.version;
}

// The other process may still be winning: the last to look sees all.
await new Promise((resolve) => setTimeout(resolve, 1_000));
version = (await accounts.find(id as AccountId))!.version;
await persistence.close();
process.send!({ won, version }, () => process.disconnect());
