import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { isEncrypted, isPkcs12, isPrivateKey, type PemBlock, pemBlocks } from './pem.ts';

/** A certificate or a key that is of no use. The message is a sentence for operators and quotes nothing of the files. */
export class UnusableCertificate extends Error {
  override readonly name = 'UnusableCertificate';
}

export interface Certificate {
  /** The first certificate of the file, and no more of it. */
  readonly pem: string;
  /** Upper-case hex, leading zeros kept. */
  readonly serialNumber: string;
  readonly startsAt: Date;
  readonly expiresAt: Date;
  readonly publicKey: KeyObject;
}

export interface PrivateKey {
  /** The first private key of the file, and no more of it. */
  readonly pem: string;
  readonly key: KeyObject;
}

const LEAST_BITS = 2_048;

/** Reads `apiclient_cert.pem`, or whatever else holds a certificate of RSA in PEM. */
export function readCertificate(file: string): Certificate {
  const blocks = pemBlocks(file);
  const block = blocks.find(({ label }) => label === 'CERTIFICATE');
  if (!block) throw new UnusableCertificate(noCertificate(file, blocks));
  const read = parsed(block, ({ text }) => new X509Certificate(text), 'The merchant certificate is damaged.');
  const { publicKey, serialNumber } = read;
  insistOnRsa(publicKey, 'The merchant certificate');
  return {
    pem: block.text,
    serialNumber,
    startsAt: read.validFromDate,
    expiresAt: read.validToDate,
    publicKey,
  };
}

/** Reads `apiclient_key.pem`, or whatever else holds a private key of RSA in PEM. */
export function readPrivateKey(file: string): PrivateKey {
  const blocks = pemBlocks(file);
  const block = blocks.find(isPrivateKey);
  if (!block) throw new UnusableCertificate(noKey(file, blocks));
  if (isEncrypted(block)) throw new UnusableCertificate(ENCRYPTED);
  const key = parsed(block, ({ text }) => createPrivateKey(text), 'The merchant key is damaged.');
  insistOnRsa(key, 'The merchant key');
  return { pem: block.text, key };
}

export const isKeyOf = ({ publicKey }: Certificate, { key }: PrivateKey): boolean =>
  createPublicKey(key).equals(publicKey);

/** What OpenSSL says is let go: it is of no use to an operator, and it has seen the key. */
function parsed<Read>(block: PemBlock, read: (block: PemBlock) => Read, sentence: string): Read {
  try {
    return read(block);
  } catch {
    throw new UnusableCertificate(sentence);
  }
}

function insistOnRsa({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject, what: string): void {
  const bits = asymmetricKeyDetails?.modulusLength ?? 0;
  if (asymmetricKeyType !== 'rsa') throw new UnusableCertificate(`${what} is not of RSA, which WeChat Pay asks for.`);
  if (bits < LEAST_BITS)
    throw new UnusableCertificate(
      `${what} is of RSA with ${bits} bits, which is weak: it takes ${LEAST_BITS} or more.`,
    );
}

function noCertificate(file: string, blocks: readonly PemBlock[]): string {
  if (isPkcs12(file)) return `The merchant certificate is a PKCS#12 file. Give it as PEM: ${CERTIFICATE_FROM_P12}.`;
  if (blocks.some(isPrivateKey))
    return 'The file of the merchant certificate holds a private key: are the two swapped?';
  return 'The file of the merchant certificate holds no certificate in PEM (-----BEGIN CERTIFICATE-----).';
}

function noKey(file: string, blocks: readonly PemBlock[]): string {
  if (isPkcs12(file)) return `The merchant key is a PKCS#12 file. Give it as PEM: ${KEY_FROM_P12}.`;
  if (blocks.some(({ label }) => label === 'CERTIFICATE'))
    return 'The file of the merchant key holds a certificate: are the two swapped?';
  return 'The file of the merchant key holds no private key in PEM (-----BEGIN PRIVATE KEY-----).';
}

/** Tenpay seals its files with a cipher that OpenSSL 3 knows by that option alone. The password is the merchant's number. */
const FROM_P12 = 'openssl pkcs12 -legacy -in apiclient_cert.p12 -out';
const CERTIFICATE_FROM_P12 = `${FROM_P12} apiclient_cert.pem -clcerts -nokeys (the password is the mch_id)`;
const KEY_FROM_P12 = `${FROM_P12} apiclient_key.pem -nocerts -nodes (the password is the mch_id)`;

const ENCRYPTED =
  'The merchant key is encrypted with a password. Give it without one: openssl pkey -in apiclient_key.pem -out plain_key.pem.';
