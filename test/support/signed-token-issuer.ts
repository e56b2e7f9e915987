import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { IssuedToken, TokenDigest, TokenIssuer } from '../../src/domain/session/token-issuer.ts';

/** Another way to issue tokens, signed instead of summed, to show that one can stand in the other's place. */
export class SignedTokenIssuer implements TokenIssuer {
  readonly #key = randomBytes(32);

  issue(): IssuedToken {
    const payload = randomBytes(24).toString('hex');
    const token = `${payload}.${this.#sign(payload)}`;
    return { token, digest: this.#digest(token) };
  }

  recognise(token: string): TokenDigest | undefined {
    const [payload = '', signature] = token.split('.');
    const whole = `${payload}.${this.#sign(payload)}`;
    return signature !== undefined && whole === token && payload !== '' ? this.#digest(token) : undefined;
  }

  #sign(payload: string): string {
    return createHmac('sha256', this.#key).update(payload).digest('hex');
  }

  #digest(token: string): TokenDigest {
    return createHash('sha256').update(token).digest('hex') as TokenDigest;
  }
}
