import { expect, it } from 'vitest';
import type { AppId, OpenId } from '../../src/domain/account/account.ts';
import { CannotUnseal, type SessionKeyVault } from '../../src/domain/account/session-key-vault.ts';
import { Secret } from '../../src/domain/secret.ts';

const OWNER = { appid: 'wx1' as AppId, openid: 'o1' as OpenId };
const KEY = new Secret('tiihtNczf5v6AKRyjwEUhQ==');

/** What SessionKeyVault promises; `withRing` opens one that has the keys of these ids, the first of them current. */
export function sessionKeyVaultContract(withRing: (...ids: [string, ...string[]]) => SessionKeyVault): void {
  it('Seals under the current key', () => {
    const vault = withRing('k2', 'k1');
    expect(vault.currentKeyId).toBe('k2');
    expect(vault.seal(KEY, OWNER).keyId).toBe('k2');
    expect(['k1', 'k2', 'k3'].map((id) => vault.knows(id))).toEqual([true, true, false]);
  });

  it('Never seals the same key to the same bytes twice', () => {
    const vault = withRing('k1');
    const boxes = Array.from({ length: 1_000 }, () => vault.seal(KEY, OWNER).box);
    expect(new Set(boxes).size).toBe(1_000);
    expect(boxes.join()).not.toContain(KEY.reveal());
  });

  it('Opens what any key of the ring has sealed', () => {
    const sealed = withRing('k1').seal(KEY, OWNER);
    const vault = withRing('k2', 'k1');
    expect(vault.unseal(sealed, OWNER).reveal()).toBe(KEY.reveal());
    expect(vault.unseal(vault.seal(KEY, OWNER), OWNER).reveal()).toBe(KEY.reveal());
  });

  it('Throws CannotUnseal for another owner', () => {
    const vault = withRing('k1');
    const sealed = vault.seal(KEY, OWNER);
    expect(() => vault.unseal(sealed, { ...OWNER, openid: 'o2' as OpenId })).toThrow(CannotUnseal);
    expect(() => vault.unseal(sealed, { ...OWNER, appid: 'wx2' as AppId })).toThrow(CannotUnseal);
  });

  it('Throws CannotUnseal when a single byte was changed', () => {
    const vault = withRing('k1');
    const sealed = vault.seal(KEY, OWNER);
    const bytes = Buffer.from(sealed.box, 'base64');
    for (let place = 0; place < bytes.length; place += 1) {
      const changed = Buffer.from(bytes);
      changed[place]! ^= 1 << (place % 8);
      expect(() => vault.unseal({ ...sealed, box: changed.toString('base64') }, OWNER)).toThrow(CannotUnseal);
      const shortened = bytes.subarray(0, place).toString('base64');
      expect(() => vault.unseal({ ...sealed, box: shortened }, OWNER)).toThrow(CannotUnseal);
    }
  });

  it('Throws CannotUnseal when the key is not in the ring', () => {
    const sealed = withRing('k1').seal(KEY, OWNER);
    expect(() => withRing('k2').unseal(sealed, OWNER)).toThrow(CannotUnseal);
  });
}
