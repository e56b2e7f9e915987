import type { SimulatorControl } from '../simulator-control.ts';
import { APP } from './stage.ts';

/** What WeChat tells a server alone about each of these users. */
export async function sessionKeysOf(users: readonly string[], wechat: SimulatorControl): Promise<string[]> {
  const keys: string[] = [];
  for (const user of users) keys.push(await sessionKeyOf(user, wechat));
  return keys;
}

async function sessionKeyOf(user: string, wechat: SimulatorControl): Promise<string> {
  const query = new URLSearchParams({
    appid: APP.appid,
    secret: APP.secret,
    js_code: await wechat.issueCode(user),
    grant_type: 'authorization_code',
  });
  const answer = await fetch(`${wechat.url}/sns/jscode2session?${query.toString()}`);
  const { session_key: key } = (await answer.json()) as { session_key?: string };
  if (key === undefined) throw new Error(`WeChat has no session key of ${user}`);
  return key;
}
