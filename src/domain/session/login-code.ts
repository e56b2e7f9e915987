import type { Brand } from '../brand.ts';
import { type Circumstances, Refusal } from '../refusal.ts';

/** What `wx.login` gives a mini program: good for five minutes and for one use. */
export type LoginCode = Brand<string, 'LoginCode'>;

const SHAPE = /^[0-9A-Za-z_-]{1,128}$/;

/** Checks the shape, so that a code can be put into a URL and can carry nothing else into it. */
export function loginCode(text: string): LoginCode {
  if (!SHAPE.test(text)) throw new LoginCodeInvalid();
  return text as LoginCode;
}

export class LoginCodeInvalid extends Refusal {
  readonly code = 'login-code-invalid';

  constructor(circumstances?: Circumstances) {
    super('WeChat does not know this login code, or it has expired. Call wx.login again.', circumstances);
  }
}

export class LoginCodeUsed extends Refusal {
  readonly code = 'login-code-used';

  constructor(circumstances?: Circumstances) {
    super('This login code was used before. Call wx.login again for a new one.', circumstances);
  }
}

export class LoginUserBlocked extends Refusal {
  readonly code = 'login-user-blocked';

  constructor(circumstances?: Circumstances) {
    super('WeChat has blocked this user from logging in.', circumstances);
  }
}

export class LoginTooOften extends Refusal {
  readonly code = 'login-too-often';

  constructor(circumstances?: Circumstances) {
    super('This user has logged in too often. Try again in a minute.', { retryAfterSeconds: 60, ...circumstances });
  }
}
