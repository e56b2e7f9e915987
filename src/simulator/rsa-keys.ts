import { generateKeyPairSync, type KeyObject } from 'node:crypto';

const keys = new Map<string, KeyObject>();

/** A private key of RSA by its name. Making one takes its time, so all simulators of a process share them. */
export function rsaKey(name: string): KeyObject {
  const known = keys.get(name);
  if (known) return known;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  keys.set(name, privateKey);
  return privateKey;
}
