import type { Persistence } from '../../domain/persistence.ts';
import { MemoryAccountRepository } from './account-repository.ts';
import { memoryCallCounter } from './call-counter.ts';
import { MemorySessionRepository } from './session-repository.ts';

/** A storage that forgets everything when the process ends: for tests and for trying things out. */
export async function openMemory(): Promise<Persistence> {
  return {
    accounts: new MemoryAccountRepository(),
    sessions: new MemorySessionRepository(),
    callCounter: memoryCallCounter,
    ping: async () => {},
    close: async () => {},
  };
}
