import { randomBytes } from 'node:crypto';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { koaBody } from 'koa-body';
import { z } from 'zod';
import { signRawData } from '../adapters/wechat/protocol/raw-data.ts';
import { encryptUserData } from '../adapters/wechat/protocol/user-data.ts';
import { faultBody } from './faults.ts';
import type { World } from './world.ts';

const userName = z.string().regex(/^[0-9A-Za-z_-]{1,64}$/);

const codeBody = z.strictObject({ user: userName });

const userBody = z.strictObject({
  unionid: z.string().nullable().optional(),
  blocked: z.boolean().optional(),
  nickName: z.string().optional(),
});

const loginsBody = z.strictObject({ count: z.int().min(0).max(1_000) });

const userInfoBody = z.strictObject({
  /** Fields of the user info to set or to replace. */
  profile: z.record(z.string(), z.unknown()).default({}),
  appid: z.string().optional(),
  /** Unix seconds. */
  timestamp: z.int().optional(),
});

/** What a test, or a person with curl, can do to this WeChat. */
export const CONTROLS = {
  'GET /_simulator/': 'this list',
  'POST /_simulator/codes': '{user} -> {code}: a login code as wx.login makes it, good for 5 minutes and one use',
  'PATCH /_simulator/users/{name}': '{unionid?, blocked?, nickName?} -> user',
  'POST /_simulator/users/{name}/session-key': 'gives the user a new session key, as WeChat does when it likes',
  'POST /_simulator/users/{name}/logins':
    '{count}: as if the user had just logged in so often; WeChat allows 100 a minute',
  'POST /_simulator/users/{name}/user-info':
    '{profile?, appid?, timestamp?} -> {encryptedData, iv, rawData, signature}, as wx.getUserInfo makes them',
  'POST /_simulator/faults': '{call, kind?, when?, value?, times?}: orders a fault',
  'DELETE /_simulator/faults': 'forgets the faults that have not happened',
  'GET /_simulator/ledger': 'what was really called, and how it ended',
};

export function serveControls(router: Router, world: World): void {
  const body = koaBody({ json: false, urlencoded: false, text: true, textTypes: ['*/*'], textLimit: '64kb' });
  router.get('/_simulator/', (ctx) => {
    ctx.body = { appid: world.app.appid, controls: CONTROLS };
  });
  router.post('/_simulator/codes', body, (ctx) => {
    ctx.body = { code: world.codes.issue(read(ctx, codeBody).user) };
  });
  router.patch('/_simulator/users/:name', body, (ctx) => changeUser(ctx, world));
  router.post('/_simulator/users/:name/session-key', (ctx) => {
    world.users.named(nameOf(ctx)).keyGeneration += 1;
    ctx.status = 204;
  });
  router.post('/_simulator/users/:name/logins', body, (ctx) => {
    const { count } = read(ctx, loginsBody);
    world.users.named(nameOf(ctx)).logins = Array.from({ length: count }, () => Date.now());
    ctx.status = 204;
  });
  router.post('/_simulator/users/:name/user-info', body, (ctx) => sealUserInfo(ctx, world));
  serveFaultControls(router, world, body);
}

function serveFaultControls(router: Router, { faults, ledger }: World, body: ReturnType<typeof koaBody>): void {
  router.post('/_simulator/faults', body, (ctx) => {
    faults.order(read(ctx, faultBody));
    ctx.status = 204;
  });
  router.delete('/_simulator/faults', (ctx) => {
    faults.clear();
    ctx.status = 204;
  });
  router.get('/_simulator/ledger', (ctx) => {
    ctx.body = ledger.read();
  });
}

function changeUser(ctx: Context, { users }: World): void {
  const { unionid, blocked, nickName } = read(ctx, userBody);
  const user = users.named(nameOf(ctx));
  if (unionid !== undefined) user.unionid = unionid ?? undefined;
  user.blocked = blocked ?? user.blocked;
  user.nickName = nickName ?? user.nickName;
  ctx.body = { name: user.name, openid: user.openid, unionid: user.unionid ?? null, blocked: user.blocked };
}

function sealUserInfo(ctx: Context, { app, users }: World): void {
  const { profile, appid = app.appid, timestamp = Math.floor(Date.now() / 1_000) } = read(ctx, userInfoBody);
  const user = users.named(nameOf(ctx));
  const sessionKey = users.sessionKeyOf(user);
  const shown = { ...defaultProfile(user.nickName), ...profile };
  const rawData = JSON.stringify(shown);
  const plaintext = JSON.stringify({
    openId: user.openid,
    ...shown,
    ...(user.unionid !== undefined && { unionId: user.unionid }),
    watermark: { timestamp, appid },
  });
  const iv = randomBytes(16).toString('base64');
  const encryptedData = encryptUserData(plaintext, sessionKey, iv);
  ctx.body = { encryptedData, iv, rawData, signature: signRawData(rawData, sessionKey) };
}

const defaultProfile = (nickName: string) => ({
  nickName,
  gender: 0,
  language: 'zh_CN',
  city: 'Shenzhen',
  province: 'Guangdong',
  country: 'China',
  avatarUrl: 'https://thirdwx.qlogo.cn/mmopen/vi_32/simulated/132',
});

function nameOf(ctx: Context): string {
  const { success, data } = userName.safeParse(ctx.params.name);
  return success ? data : ctx.throw(400, 'a user name is 1 to 64 letters, digits, _ and -');
}

/** Takes JSON under any content type, as curl sends it, and no body for an empty one. */
function read<Schema extends z.ZodType>(ctx: Context, schema: Schema): z.output<Schema> {
  const { success, data, error } = schema.safeParse(parse(ctx));
  return success ? data : ctx.throw(400, z.prettifyError(error));
}

function parse(ctx: Context): unknown {
  const { body } = ctx.request as { body?: unknown };
  if (typeof body !== 'string' || body === '') return {};
  try {
    return JSON.parse(body);
  } catch {
    return ctx.throw(400, 'the body is not JSON');
  }
}
