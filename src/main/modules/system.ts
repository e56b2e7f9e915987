import { KeyRingVault } from '../../adapters/system/key-ring-vault.ts';
import { OpaqueTokenIssuer } from '../../adapters/system/opaque-token-issuer.ts';
import { randomIds } from '../../adapters/system/random-ids.ts';
import { systemClock } from '../../adapters/system/system-clock.ts';
import { moduleOf } from '../container.ts';
import { TOKENS as T } from '../tokens.ts';

/** Time, chance and secrets. */
export const systemModule = moduleOf((bind) => {
  bind.value(T.clock, systemClock);
  bind.value(T.ids, randomIds);
  bind.value(T.tokens, new OpaqueTokenIssuer());
  bind.made(T.vault, { config: T.config }, ({ config }) => new KeyRingVault(config.secretKeys));
  bind.made(T.policy, { config: T.config }, ({ config }) => config.sessions);
});
