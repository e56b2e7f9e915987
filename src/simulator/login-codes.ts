import { randomBytes } from 'node:crypto';

const LIFETIME = 5 * 60_000;
const DEVELOPER_CODE = /^dev-([0-9A-Za-z_-]{1,64})$/;

/** The codes that `wx.login` would hand out: good for five minutes and one use. */
export class LoginCodes {
  readonly #issued = new Map<string, { name: string; at: number; used: boolean }>();

  issue(name: string): string {
    const code = `0${randomBytes(24).toString('base64url')}`;
    this.#issued.set(code, { name, at: Date.now(), used: false });
    return code;
  }

  /** Answers the name of the code's user, or WeChat's errcode. `dev-<name>` works again and again. */
  redeem(code: string): { name: string } | { errcode: 40029 | 40163 } {
    const developer = DEVELOPER_CODE.exec(code)?.[1];
    if (developer !== undefined) return { name: developer };
    const issued = this.#issued.get(code);
    if (!issued || Date.now() - issued.at > LIFETIME) return { errcode: 40029 };
    if (issued.used) return { errcode: 40163 };
    issued.used = true;
    return { name: issued.name };
  }
}
