import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { IssuedToken, TokenDigest, TokenIssuer } from '../../domain/session/token-issuer.ts';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SHAPE = /^mpt_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/;

/**
 * Tokens as `mpt_` + 43 characters (256 random bits, base62) + 6 characters (their CRC-32, base62).
 * The prefix lets a secret scanner find a leaked token, the checksum tells it from a look-alike;
 * the shape follows https://github.blog/engineering/behind-githubs-new-authentication-token-formats/.
 */
export class OpaqueTokenIssuer implements TokenIssuer {
  issue(): IssuedToken {
    const secret = base62(BigInt(`0x${randomBytes(32).toString('hex')}`), 43);
    const token = `mpt_${secret}${checksum(secret)}`;
    return { token, digest: digestOf(token) };
  }

  recognise(token: string): TokenDigest | undefined {
    const [, secret, check] = SHAPE.exec(token) ?? [];
    return secret !== undefined && checksum(secret) === check ? digestOf(token) : undefined;
  }
}

/** Unsalted is right here: nobody can list 256-bit random values, so there is nothing to precompute. */
const digestOf = (token: string): TokenDigest => createHash('sha256').update(token).digest('hex') as TokenDigest;

const checksum = (secret: string): string => base62(BigInt(crc32(secret)), 6);

function base62(value: bigint, length: number): string {
  let text = '';
  for (let rest = value; text.length < length; rest /= 62n) text = ALPHABET.charAt(Number(rest % 62n)) + text;
  return text;
}
