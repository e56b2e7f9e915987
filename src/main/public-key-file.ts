import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { PayV3Settings } from '../adapters/wechat/pay-v3/v3-settings.ts';
import type { Environment, Fault } from './environment.ts';

const ID = 'WECHAT_PAY_PUBLIC_KEY_ID';
const FILE = 'WECHAT_PAY_PUBLIC_KEY_FILE';
const LEAST_BITS = 2_048;

/** WeChat Pay's public key with its id (微信支付公钥), where they are given, and what is wrong with them. */
export function publicKeyIn(given: Environment): { publicKey: PayV3Settings['publicKey']; faults: Fault[] } {
  const { [ID]: id, [FILE]: path } = given;
  if (id === undefined && path === undefined) return { publicKey: null, faults: [] };
  if (id === undefined) return wrong(ID, `is needed together with ${FILE}`);
  if (path === undefined) return wrong(FILE, `is needed together with ${ID}`);
  const key = keyAt(path);
  return typeof key === 'string' ? wrong(FILE, key) : { publicKey: { id, key }, faults: [] };
}

/** The key, or what is wrong with it. A certificate would do for a key, and is the wrong file all the same. */
function keyAt(path: string): KeyObject | string {
  const pem = textAt(path);
  if (pem === undefined) return 'names a file that is missing or not ours to read';
  if (!pem.includes('-----BEGIN PUBLIC KEY-----')) return 'must be the file pub_key.pem of WeChat Pay, a PUBLIC KEY';
  try {
    const key = createPublicKey(pem);
    const isStrong = key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= LEAST_BITS;
    return isStrong ? key : `must be an RSA key of ${LEAST_BITS} bits or more`;
  } catch {
    return 'has no key in it that can be read';
  }
}

const wrong = (variable: string, message: string) => ({ publicKey: null, faults: [{ variable, message }] });

function textAt(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
