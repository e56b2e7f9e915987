import { createHash, createSecretKey } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { KeyRingVault } from '../../src/adapters/system/key-ring-vault.ts';
import { OpaqueTokenIssuer } from '../../src/adapters/system/opaque-token-issuer.ts';
import { randomIds } from '../../src/adapters/system/random-ids.ts';
import { sessionKeyVaultContract } from '../contracts/session-key-vault.contract.ts';
import { tokenIssuerContract } from '../contracts/token-issuer.contract.ts';
import { describeOn } from '../support/backends.ts';
import { SignedTokenIssuer } from '../support/signed-token-issuer.ts';

const ISSUERS = [
  { name: 'opaque', server: 'node:crypto', open: () => new OpaqueTokenIssuer() },
  { name: 'signed', server: 'node:crypto, an example in the tests', open: () => new SignedTokenIssuer() },
];
describeOn('TokenIssuer', ISSUERS, ({ open }) => tokenIssuerContract(open));

const ringKey = (id: string) => ({ id, key: createSecretKey(createHash('sha256').update(id).digest()) });
const VAULTS = [{ name: 'key ring', server: 'node:crypto, AES-256-GCM' }];
describeOn('SessionKeyVault', VAULTS, () =>
  sessionKeyVaultContract((first, ...rest) => new KeyRingVault([ringKey(first), ...rest.map(ringKey)])),
);

describe('an opaque token', () => {
  it('is a prefix, 256 random bits and their CRC-32, so that a scanner can find it', () => {
    const { token, digest } = new OpaqueTokenIssuer().issue();
    const [, secret, sum] = /^mpt_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/.exec(token)!;
    const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
    const value = Array.from(sum!).reduce((sofar, digit) => sofar * 62 + digits.indexOf(digit), 0);
    expect(value).toBe(crc32(secret!));
    expect(digest).toBe(createHash('sha256').update(token).digest('hex'));
  });

  it('has random bits in its first digit as in its last', () => {
    const issuer = new OpaqueTokenIssuer();
    const tokens = Array.from({ length: 5_000 }, () => issuer.issue().token);
    const digitsAt = (place: number) => new Set(tokens.map((token) => token[place]));
    // 2^256 is 60.6 * 62^42: the first digit never reaches the last letter.
    expect(digitsAt(4).size).toBe(61);
    expect(digitsAt(46).size).toBe(62);
  });
});

describe('ids', () => {
  it('No two ids are the same, and none can be guessed from another', () => {
    const ids = Array.from({ length: 10_000 }, () => randomIds.next());
    expect(new Set(ids).size).toBe(10_000);
    expect(ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toBe(
      true,
    );
  });
});
