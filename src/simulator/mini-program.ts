import { randomUUID } from 'node:crypto';
import type Router from '@koa/router';
import type { Speech } from './fault-answer.ts';
import { underFaults } from './under-faults.ts';
import type { World } from './world.ts';

const PER_MINUTE = 100;

/** api.weixin.qq.com as far as we use it. Like the original it answers 200 and text/plain whatever happens. */
export function serveMiniProgram(router: Router, world: World): void {
  router.get('/sns/jscode2session', (ctx) =>
    underFaults(ctx, world, 'jscode2session', SPEECH, () => code2session(world, new URLSearchParams(ctx.querystring))),
  );
}

type Answer = { readonly errcode: number; readonly errmsg: string } | Readonly<Record<string, string>>;

/** https://developers.weixin.qq.com/miniprogram/dev/server/API/user-login/api_code2session */
function code2session({ app, codes, users }: World, query: URLSearchParams): Answer {
  const wrong = wrongParameter(app, query);
  if (wrong) return failure(wrong);
  const redeemed = codes.redeem(query.get('js_code') ?? '');
  if ('errcode' in redeemed) return failure(redeemed.errcode);
  const user = users.named(redeemed.name);
  if (user.blocked) return failure(40226);
  if (isTooOften(user.logins)) return failure(45011);
  const { openid, unionid } = user;
  return { openid, session_key: users.sessionKeyOf(user), ...(unionid !== undefined && { unionid }) };
}

function wrongParameter(app: World['app'], query: URLSearchParams): number | undefined {
  if (query.getAll('js_code').length > 1 || query.size > 4) return 40097;
  if (query.get('appid') !== app.appid) return query.has('appid') ? 40013 : 41002;
  if (query.get('secret') !== app.secret) return query.has('secret') ? 40125 : 41004;
  if (query.get('grant_type') !== 'authorization_code') return 40002;
  return query.get('js_code') ? undefined : 41008;
}

function isTooOften(logins: number[]): boolean {
  const now = Date.now();
  logins.splice(0, logins.length, ...logins.filter((at) => now - at < 60_000), now);
  return logins.length > PER_MINUTE;
}

const MEANING: Readonly<Record<number, string>> = {
  40002: 'invalid grant_type',
  40013: 'invalid appid',
  40029: 'invalid code',
  40097: 'invalid args',
  40125: 'invalid appsecret',
  40163: 'code been used',
  40226: 'code blocked',
  41002: 'appid missing',
  41004: 'appsecret missing',
  41008: 'missing code',
  45011: 'api minute-quota reach limit, must slower, retry next minute',
};

const failure = (errcode: number): Answer => ({ errcode, errmsg: `${MEANING[errcode]}, rid: ${randomUUID()}` });

const SPEECH: Speech<Answer> = {
  type: 'text/plain',
  write: (answer) => JSON.stringify(answer),
  failure: ({ value }) => ({ errcode: value, errmsg: `ordered fault, rid: 0000-${Date.now().toString(16)}` }),
  outcomeOf: (answer) => ('errcode' in answer ? `errcode ${answer.errcode}` : 'ok'),
};
