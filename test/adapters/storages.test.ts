import { storageContract } from '../contracts/index.ts';
import { describeOn } from '../support/backends.ts';
import { STORAGES } from '../support/storages.ts';

describeOn('every promise of storage', STORAGES, storageContract);
