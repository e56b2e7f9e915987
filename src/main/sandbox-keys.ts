import { createPublicKey, generateKeyPairSync, type KeyObject, createPrivateKey, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { DAY } from '../domain/clock.ts';
import { selfSigned } from '../simulator/x509.ts';
import type { Environment } from './environment.ts';
import { createOnce } from './create-once.ts';

const KEY = 'sandbox-merchant-key.pem';
const CERTIFICATE = 'sandbox-merchant-cert.pem';
const WECHAT_KEY = 'sandbox-wechat-pay-key.pem';

/** What version 3 needs besides a password, each made when it is first asked for and kept in the folder. */
export function sandboxCertificate(folder: string): Environment {
  const keyFile = join(folder, KEY);
  const certificateFile = join(folder, CERTIFICATE);
  const key = keyIn(keyFile);
  createOnce(certificateFile, () => certificateOf(key));
  return { WECHAT_PAY_CERT_FILE: certificateFile, WECHAT_PAY_KEY_FILE: keyFile };
}

/** With what the sandbox's WeChat signs, and with what that is verified. */
export function sandboxWechatKey(folder: string): { id: string; privateKey: string; key: KeyObject } {
  const key = keyIn(join(folder, WECHAT_KEY));
  return {
    id: 'PUB_KEY_ID_0119000000012026010100000000000001',
    privateKey: pemOf(key),
    key: createPublicKey(key),
  };
}

function keyIn(path: string): KeyObject {
  createOnce(path, () => pemOf(generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey));
  return createPrivateKey(readFileSync(path));
}

const pemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

const certificateOf = (privateKey: KeyObject): string =>
  selfSigned({
    commonName: 'A merchant of the sandbox',
    // A first byte below 0x80 is a number above zero whatever follows.
    serialNumber: `5E${randomBytes(19).toString('hex')}`.toUpperCase(),
    privateKey,
    notBefore: new Date(Date.now() - DAY),
    notAfter: new Date(Date.now() + 5 * 365 * DAY),
  });
