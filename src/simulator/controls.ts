import { randomBytes } from 'node:crypto';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { signRawData } from '../adapters/wechat/protocol/raw-data.ts';
import { encryptUserData } from '../adapters/wechat/protocol/user-data.ts';
import { controlBody, readControl } from './control-body.ts';
import { canBefall, FAULT_KINDS, faultBody, FAULTY_CALLS } from './faults.ts';
import { PAY_CONTROLS, servePayControls } from './pay/pay-controls.ts';
import type { Pay } from './pay/pay.ts';
import type { Trade } from './pay/trade.ts';
import { tradeView } from './pay/trade-view.ts';
import { Refused } from './refused.ts';
import type { World } from './world.ts';

const userName = z.string().regex(/^[0-9A-Za-z_-]{1,64}$/);

const codeBody = z.strictObject({ user: userName });

const userBody = z.strictObject({
  unionid: z.string().nullable().optional(),
  blocked: z.boolean().optional(),
  account_abnormal: z.boolean().optional(),
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

const LOGIN_CONTROLS = {
  'GET /_simulator/': 'this list',
  'POST /_simulator/codes': '{user} -> {code}: a login code as wx.login makes it, good for 5 minutes and one use',
  'PATCH /_simulator/users/{name}':
    '{unionid?, blocked?, account_abnormal?, nickName?} -> user; with `account_abnormal` refunds are refused: USER_ACCOUNT_ABNORMAL',
  'POST /_simulator/users/{name}/session-key': 'gives the user a new session key, as WeChat does when it likes',
  'POST /_simulator/users/{name}/logins':
    '{count}: as if the user had just logged in so often; WeChat allows 100 a minute',
  'POST /_simulator/users/{name}/user-info':
    '{profile?, appid?, timestamp?} -> {encryptedData, iv, rawData, signature}, as wx.getUserInfo makes them',
  'POST /_simulator/faults': `{call: ${FAULTY_CALLS.join('|')}, kind?: ${FAULT_KINDS.join('|')}, when?: before|after, value?, err_code?, times?}: orders a fault; calls of WeChat Pay have their names of v2 in either version, and a bill of v3 is asked for by downloadbill and fetched by billfile`,
  'DELETE /_simulator/faults': 'forgets the faults that have not happened',
  'GET /_simulator/ledger':
    '{counts, calls, trades, reports}: what was really called, and how it ended; `?out_trade_no=` shows one trade alone',
};

/** What a test, or a person with curl, can do to this WeChat. */
export const CONTROLS = { ...LOGIN_CONTROLS, ...PAY_CONTROLS };

export function serveControls(router: Router, world: World): void {
  router.get('/_simulator/', (ctx) => {
    ctx.body = { appid: world.app.appid, controls: world.pay ? CONTROLS : LOGIN_CONTROLS };
  });
  router.post('/_simulator/codes', controlBody, (ctx) => {
    ctx.body = { code: world.codes.issue(readControl(ctx, codeBody).user) };
  });
  serveUserControls(router, world);
  serveFaultControls(router, world);
  if (world.pay) servePayControls(router, world, world.pay);
}

function serveUserControls(router: Router, world: World): void {
  router.patch('/_simulator/users/:name', controlBody, (ctx) => changeUser(ctx, world));
  router.post('/_simulator/users/:name/session-key', (ctx) => {
    world.users.named(nameOf(ctx)).keyGeneration += 1;
    ctx.status = 204;
  });
  router.post('/_simulator/users/:name/logins', controlBody, (ctx) => {
    const { count } = readControl(ctx, loginsBody);
    world.users.named(nameOf(ctx)).logins = Array.from({ length: count }, () => Date.now());
    ctx.status = 204;
  });
  router.post('/_simulator/users/:name/user-info', controlBody, (ctx) => sealUserInfo(ctx, world));
}

function serveFaultControls(router: Router, { faults, ledger, pay }: World): void {
  router.post('/_simulator/faults', controlBody, (ctx) => {
    const fault = readControl(ctx, faultBody);
    if (!canBefall(fault, pay?.v3 !== undefined)) throw new Refused(400, 'only an answer that is signed can be forged');
    faults.order(fault);
    ctx.status = 204;
  });
  router.delete('/_simulator/faults', (ctx) => {
    faults.clear();
    pay?.notices.forgetFaults();
    ctx.status = 204;
  });
  router.get('/_simulator/ledger', (ctx) => {
    const number = new URLSearchParams(ctx.querystring).get('out_trade_no') ?? undefined;
    const trades = pay ? tradesIn(pay, number).map(tradeView) : [];
    ctx.body = { ...ledger.read(), trades, reports: pay?.reports.all() ?? [] };
  });
}

function tradesIn({ orders }: Pay, number: string | undefined): Trade[] {
  if (number === undefined) return orders.all();
  const trade = orders.find(number);
  return trade ? [trade] : [];
}

function changeUser(ctx: Context, { users }: World): void {
  const { unionid, blocked, account_abnormal, nickName } = readControl(ctx, userBody);
  const user = users.named(nameOf(ctx));
  if (unionid !== undefined) user.unionid = unionid ?? undefined;
  user.blocked = blocked ?? user.blocked;
  user.accountAbnormal = account_abnormal ?? user.accountAbnormal;
  user.nickName = nickName ?? user.nickName;
  const { name, openid, accountAbnormal } = user;
  ctx.body = {
    name,
    openid,
    unionid: user.unionid ?? null,
    blocked: user.blocked,
    account_abnormal: accountAbnormal,
  };
}

function sealUserInfo(ctx: Context, { app, users }: World): void {
  const { profile, appid = app.appid, timestamp = Math.floor(Date.now() / 1_000) } = readControl(ctx, userInfoBody);
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
  if (!success) throw new Refused(400, 'a user name is 1 to 64 letters, digits, _ and -');
  return data;
}
