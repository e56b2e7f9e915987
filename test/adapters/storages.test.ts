import { accountRepositoryContract } from '../contracts/account-repository.contract.ts';
import { persistenceContract } from '../contracts/persistence.contract.ts';
import { sessionRepositoryContract } from '../contracts/session-repository.contract.ts';
import { describeOn } from '../support/backends.ts';
import { STORAGES } from '../support/storages.ts';

describeOn('Persistence', STORAGES, persistenceContract);
describeOn('AccountRepository', STORAGES, (storage) =>
  accountRepositoryContract(async () => (await storage.open()).accounts),
);
describeOn('SessionRepository', STORAGES, (storage) =>
  sessionRepositoryContract(async () => (await storage.open()).sessions),
);
