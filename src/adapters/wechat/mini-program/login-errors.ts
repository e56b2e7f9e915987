import { Outage } from '../../../domain/outage.ts';
import type { Refusal } from '../../../domain/refusal.ts';
import {
  LoginCodeInvalid,
  LoginCodeUsed,
  LoginTooOften,
  LoginUserBlocked,
} from '../../../domain/session/login-code.ts';
import { WechatFault } from './wechat-fault.ts';

/**
 * What each errcode of code2Session means to the one who logs in.
 * https://developers.weixin.qq.com/miniprogram/dev/server/API/user-login/api_code2session
 */
export function loginError(errcode: number, errmsg: unknown): Refusal | Outage {
  const cause = new WechatFault(`errcode ${errcode}`, { errcode, rid: ridOf(errmsg) });
  switch (errcode) {
    case 40029:
      return new LoginCodeInvalid({ cause });
    case 40163:
      return new LoginCodeUsed({ cause });
    case 40226:
      return new LoginUserBlocked({ cause });
    case 45011:
      return new LoginTooOften({ cause });
    default:
      return outage(errcode, cause);
  }
}

const BUSY = new Set([-1, 44990, 44991, 44993]);
const MISCONFIGURED = new Set([40001, 40002, 40013, 40125, 40164, 41002, 41004, 48001, 50002, 61004, 61007]);

function outage(errcode: number, cause: WechatFault): Outage {
  if (BUSY.has(errcode)) return new Outage('wechat-busy', 'WeChat is busy.', { cause, retryAfterSeconds: 1 });
  if (errcode === 45009) {
    return new Outage('wechat-quota-spent', "This app's daily quota of logins is spent.", {
      cause,
      retryAfterSeconds: 600,
    });
  }
  if (MISCONFIGURED.has(errcode)) {
    return new Outage('wechat-misconfigured', 'WeChat does not accept this server. Its operator has to look.', {
      cause,
      retryAfterSeconds: 60,
    });
  }
  return new Outage('wechat-unreadable', 'WeChat gave an answer that we do not understand.', { cause });
}

/** `errmsg` is prose for people and ends in `rid: …`; only that is kept, and only when it looks like one. */
const ridOf = (errmsg: unknown): string | undefined => /rid: ([0-9a-f-]{1,64})$/.exec(String(errmsg))?.[1];
