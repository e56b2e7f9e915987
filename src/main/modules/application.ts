import { Authenticate } from '../../application/authenticate.ts';
import { CheckKeyRing } from '../../application/check-key-ring.ts';
import { CheckReadiness } from '../../application/check-readiness.ts';
import { ImportProfile } from '../../application/import-profile.ts';
import { ListSessions } from '../../application/list-sessions.ts';
import { LogIn } from '../../application/log-in.ts';
import { ReadAccount } from '../../application/read-account.ts';
import { RevokeAllSessions } from '../../application/revoke-all-sessions.ts';
import { RevokeSession } from '../../application/revoke-session.ts';
import { RotateSessionKeys } from '../../application/rotate-session-keys.ts';
import { SweepSessions } from '../../application/sweep-sessions.ts';
import { UpdateProfile } from '../../application/update-profile.ts';
import { moduleOf } from '../container.ts';
import { TOKENS as T } from '../tokens.ts';

const { accounts, clock, gateway, ids, isReusable, persistence, policy, sessions, tokens, vault } = T;

/** The use cases, each with what it needs. */
export const applicationModule = moduleOf((bind) => {
  bind.built(T.logIn, LogIn, { accounts, clock, gateway, ids, isReusable, policy, sessions, tokens, vault });
  bind.built(T.authenticate, Authenticate, { clock, policy, sessions, tokens });
  bind.built(T.listSessions, ListSessions, { clock, sessions });
  bind.built(T.revokeSession, RevokeSession, { sessions });
  bind.built(T.revokeAllSessions, RevokeAllSessions, { sessions });
  bind.built(T.sweepSessions, SweepSessions, { clock, sessions });
  bind.built(T.readAccount, ReadAccount, { accounts });
  bind.built(T.updateProfile, UpdateProfile, { accounts });
  bind.built(T.importProfile, ImportProfile, { accounts, gateway, vault });
  bind.built(T.checkKeyRing, CheckKeyRing, { accounts, vault });
  bind.built(T.rotateSessionKeys, RotateSessionKeys, { accounts, vault });
  bind.built(T.checkReadiness, CheckReadiness, { persistence });
});
