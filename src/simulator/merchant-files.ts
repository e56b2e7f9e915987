import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SimulatedV3 } from './pay/merchant.ts';
import { selfSigned } from './x509.ts';

const YEAR = 365 * 24 * 60 * 60_000;

/** What a merchant of version 3 has in files, under the names that WeChat gives them. */
export interface MerchantFiles {
  readonly certificate: string;
  readonly key: string;
  readonly publicKey: string;
}

/** Makes them in the folder unless they are there, so that a simulator that was started again is the same. */
export function merchantFiles(folder: string, mchid: string, v3Key: string): { files: MerchantFiles; v3: SimulatedV3 } {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const inFolder = (name: string): string => join(folder, name);
  const files = {
    certificate: inFolder('apiclient_cert.pem'),
    key: inFolder('apiclient_key.pem'),
    publicKey: inFolder('pub_key.pem'),
  };
  const merchantKey = createPrivateKey(madeOnce(files.key, newKey));
  const privateKey = madeOnce(inFolder('wechat_pay_key.pem'), newKey);
  const id = `PUB_KEY_ID_01${mchid}2026010100000000000001`;
  madeOnce(files.publicKey, () => publicHalf(privateKey));
  const certificate = madeOnce(files.certificate, () => certificateOf(mchid, merchantKey));
  return { files, v3: { key: v3Key, certificate, publicKey: { id, privateKey } } };
}

function madeOnce(path: string, make: () => string): string {
  if (!existsSync(path)) writeFileSync(path, make(), { mode: 0o600 });
  return readFileSync(path, 'utf8');
}

const newKey = (): string =>
  generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

const publicHalf = (privateKey: string): string =>
  createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();

const certificateOf = (mchid: string, privateKey: KeyObject): string =>
  selfSigned({
    commonName: mchid,
    serialNumber: `5${randomBytes(20).toString('hex').slice(1)}`.toUpperCase(),
    privateKey,
    notBefore: new Date(),
    notAfter: new Date(Date.now() + 5 * YEAR),
  });
