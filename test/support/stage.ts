import { createSecretKey } from 'node:crypto';
import { MemoryAccountRepository } from '../../src/adapters/memory/account-repository.ts';
import { MemorySessionRepository } from '../../src/adapters/memory/session-repository.ts';
import { KeyRingVault } from '../../src/adapters/system/key-ring-vault.ts';
import { OpaqueTokenIssuer } from '../../src/adapters/system/opaque-token-issuer.ts';
import { randomIds } from '../../src/adapters/system/random-ids.ts';
import { DAY } from '../../src/domain/clock.ts';
import type { SessionPolicy } from '../../src/domain/session/session.ts';
import { FakeMiniProgram } from './fake-mini-program.ts';
import { TestClock } from './test-clock.ts';

/** Everything a use case may need, with no WeChat, no disk and a clock that stands still. */
export function stage(policy: Partial<SessionPolicy> = {}) {
  const clock = new TestClock();
  return {
    clock,
    gateway: new FakeMiniProgram(clock),
    accounts: new MemoryAccountRepository(),
    sessions: new MemorySessionRepository(),
    tokens: new OpaqueTokenIssuer(),
    vault: vaultOf('k1'),
    ids: randomIds,
    isReusable: (code: string) => code.startsWith('dev-'),
    policy: { ttl: 30 * DAY, idleTtl: 7 * DAY, singleDevice: false, ...policy },
  };
}

/** Keys are derived from their ids, so that two rings share a key when they share its id. */
export function vaultOf(first: string, ...rest: string[]): KeyRingVault {
  const ringKey = (id: string) => ({ id, key: createSecretKey(Buffer.alloc(32, id)) });
  return new KeyRingVault([ringKey(first), ...rest.map(ringKey)]);
}
