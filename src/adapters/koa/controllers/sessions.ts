import type { ListSessions } from '../../../application/list-sessions.ts';
import type { RevokeAllSessions } from '../../../application/revoke-all-sessions.ts';
import type { RevokeSession } from '../../../application/revoke-session.ts';
import { type Session, sessionId } from '../../../domain/session/session.ts';
import type { SessionJson } from '../answers/session.ts';
import { type Handler, sessionOf } from '../context.ts';
import { withoutBody } from '../json-body.ts';

/** `GET /v1/sessions`: the devices on which the caller is logged in, newest first. */
export function listSessions(list: ListSessions): Handler {
  return withoutBody(async (ctx) => {
    const current = sessionOf(ctx);
    const sessions = await list.execute(current.accountId);
    ctx.body = { sessions: sessions.map((session) => toJson(session, current)) };
  });
}

/** `DELETE /v1/sessions/{id}`: logs one device out; `current` is the one that asks. */
export function revokeSession(revoke: RevokeSession): Handler {
  return withoutBody(async (ctx) => {
    const current = sessionOf(ctx);
    const id = ctx.params.id === 'current' ? current.id : sessionId(String(ctx.params.id));
    await revoke.execute(current.accountId, id);
    ctx.status = 204;
  });
}

/** `DELETE /v1/sessions`: logs the caller out everywhere. */
export function revokeAllSessions(revoke: RevokeAllSessions): Handler {
  return withoutBody(async (ctx) => {
    await revoke.execute(sessionOf(ctx).accountId);
    ctx.status = 204;
  });
}

const toJson = (session: Session, current: Session): SessionJson => ({
  id: session.id,
  device: session.device,
  created_at: session.createdAt.toISOString(),
  last_seen_at: session.lastSeenAt.toISOString(),
  expires_at: session.expiresAt.toISOString(),
  idle_expires_at: session.idleExpiresAt.toISOString(),
  current: session.id === current.id,
});
