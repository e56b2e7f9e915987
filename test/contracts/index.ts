/** `wexagon/contracts`: what a storage has to promise, as cases for vitest. See docs/adding-a-storage.md. */
export { storageContract, type StorageUnderTest } from './storage.contract.ts';
