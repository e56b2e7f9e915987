import { z } from 'zod';
import type { LoggedIn, LogIn } from '../../../application/log-in.ts';
import type { DjangoLoggedInJson, LoggedInJson } from '../answers/session.ts';
import type { Context, Handler, Middleware } from '../context.ts';
import { withJson } from '../json-body.ts';
import type { HttpMetrics } from '../metrics.ts';
import { problemOf } from '../problem-details.ts';

const loginBody = z.strictObject({ code: z.string().describe('As `wx.login` gave it.') }).meta({ id: 'Login' });

/** `POST /v1/login`: `{code}` -> `{token, user_id, expires_at}`. */
export const login = (logIn: LogIn): Handler =>
  loginWith(logIn, ({ token, accountId, expiresAt }): LoggedInJson => ({
    token,
    user_id: accountId,
    expires_at: expiresAt.toISOString(),
  }));

/** `POST /miniprogram_auth/login`, in the shape of django_miniprogram_api: `{code}` -> `{token, user_id}`. */
export const djangoLogin = (logIn: LogIn): Handler =>
  loginWith(logIn, ({ token, accountId }): DjangoLoggedInJson => ({ token, user_id: accountId }));

function loginWith(logIn: LogIn, answer: (loggedIn: LoggedIn) => object): Handler {
  return withJson(loginBody, async (ctx, { code }) => {
    ctx.body = answer(await logIn.execute(code, deviceOf(ctx)));
  });
}

/** What the device calls itself, kept so that a user can tell one session from another. */
function deviceOf(ctx: Context): string | null {
  const agent = ctx.get('User-Agent').replace(/[^\x20-\x7e]/g, '?');
  return agent.slice(0, 200) || null;
}

/** Counts each login by how it ended. */
export function countLogins(metrics: HttpMetrics): Middleware {
  return async (_ctx, next) => {
    try {
      await next();
      metrics.countLogin('success');
    } catch (error) {
      metrics.countLogin(problemOf(error).code);
      throw error;
    }
  };
}
