import { createHmac } from 'node:crypto';

/** A WeChat user of our making. */
export interface SimulatedUser {
  readonly name: string;
  readonly openid: string;
  unionid: string | undefined;
  blocked: boolean;
  /** Whether refunds cannot be paid into the user's account any more. */
  accountAbnormal: boolean;
  nickName: string;
  /** Counts the session keys this user has had; the newest is the one that counts. */
  keyGeneration: number;
  /** When the logins of the last minute were, in milliseconds. */
  logins: number[];
}

const OPENID_HEAD = 20;

/**
 * Makes users as they are named. Who they are is derived from their name and the app's secret and not drawn,
 * so that a simulator that was started again knows its users again.
 */
export class Users {
  readonly #appid: string;
  readonly #secret: string;
  readonly #users = new Map<string, SimulatedUser>();
  readonly #byOpenid = new Map<string, SimulatedUser>();

  constructor(appid: string, secret: string) {
    this.#appid = appid;
    this.#secret = secret;
  }

  named(name: string): SimulatedUser {
    const known = this.#users.get(name);
    if (known) return known;
    const user: SimulatedUser = {
      name,
      openid: this.#openidOf(name, this.#appid),
      unionid: `u${createHmac('sha256', 'open platform').update(name).digest('base64url').slice(0, 27)}`,
      blocked: false,
      accountAbnormal: false,
      nickName: name,
      keyGeneration: 0,
      logins: [],
    };
    this.#users.set(name, user);
    this.#byOpenid.set(user.openid, user);
    return user;
  }

  /** Of those who were named since the start. */
  withOpenid(openid: string): SimulatedUser | undefined {
    return this.#byOpenid.get(openid);
  }

  /** The name that an app knows the user by, which is another in every app. */
  openidIn(appid: string, user: SimulatedUser): string {
    const openid = this.#openidOf(user.name, appid);
    this.#byOpenid.set(openid, user);
    return openid;
  }

  /** Knows an openid of this app by its form, so also that of a user who was named before a restart. */
  isOpenid(openid: string): boolean {
    return openid === this.#sealed(openid.slice(0, OPENID_HEAD), this.#appid);
  }

  /** Base64 of 16 bytes, as WeChat's session keys are. */
  sessionKeyOf({ name, keyGeneration }: SimulatedUser): string {
    return this.#derive(`session_key|${name}|${keyGeneration}`).subarray(0, 16).toString('base64');
  }

  #openidOf(name: string, appid: string): string {
    const drawn = this.#derive(`openid|${appid}|${name}`).toString('base64url');
    return this.#sealed(`o${drawn}`.slice(0, OPENID_HEAD), appid);
  }

  /** Ends the openid in proof that it was made here. */
  #sealed(head: string, appid: string): string {
    return head + this.#derive(`seal|${appid}|${head}`).toString('base64url').slice(0, 8);
  }

  #derive(what: string): Buffer {
    return createHmac('sha256', this.#secret).update(what).digest();
  }
}
