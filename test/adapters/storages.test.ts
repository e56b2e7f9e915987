import { later } from '../../src/domain/clock.ts';
import { accountRepositoryContract } from '../contracts/account-repository.contract.ts';
import { callCounterContract } from '../contracts/call-counter.contract.ts';
import { persistenceContract } from '../contracts/persistence.contract.ts';
import { sessionRepositoryContract } from '../contracts/session-repository.contract.ts';
import { shelfContract } from '../contracts/shelf.contract.ts';
import { describeOn } from '../support/backends.ts';
import { NOON, sampleAccount, sampleSession } from '../support/samples.ts';
import { STORAGES } from '../support/storages.ts';

describeOn('Persistence', STORAGES, persistenceContract);
describeOn('CallCounter', STORAGES, callCounterContract);

describeOn('AccountRepository', STORAGES, (storage) => {
  const open = async () => (await storage.open()).accounts;
  accountRepositoryContract(open);
  shelfContract({
    open,
    sample: (id) => sampleAccount({ id: id as never }),
    change: (account) => ({ ...account, version: 7, profile: { ...account.profile, nickName: '李雷' } }),
  });
});

describeOn('SessionRepository', STORAGES, (storage) => {
  const open = async () => (await storage.open()).sessions;
  sessionRepositoryContract(open);
  shelfContract({
    open,
    sample: (id) => sampleSession({ id: id as never }),
    change: (session) => ({ ...session, lastSeenAt: later(NOON, 1), device: null }),
  });
});
