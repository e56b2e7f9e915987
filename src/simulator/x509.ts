import { createPublicKey, type KeyObject, sign } from 'node:crypto';

export interface CertificateWish {
  readonly commonName: string;
  /** Upper-case hex. */
  readonly serialNumber: string;
  /** Of RSA: it signs, and its public half is what is certified. */
  readonly privateKey: KeyObject;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** A certificate that vouches for itself, in PEM: of version 1, signed with SHA-256. */
export function selfSigned({ commonName, serialNumber, privateKey, notBefore, notAfter }: CertificateWish): string {
  const name = sequence(set(sequence(COMMON_NAME, der(TAG.utf8, Buffer.from(commonName)))));
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const validity = sequence(time(notBefore), time(notAfter));
  const certified = sequence(integer(serialNumber), SHA256_WITH_RSA, name, validity, name, publicKey);
  const signature = sign('sha256', certified, privateKey);
  return pem(sequence(certified, SHA256_WITH_RSA, der(TAG.bits, Buffer.concat([Buffer.of(0), signature]))));
}

const TAG = { integer: 0x02, bits: 0x03, utf8: 0x0c, sequence: 0x30, set: 0x31, utcTime: 0x17, generalTime: 0x18 };

/** 2.5.4.3 */
const COMMON_NAME = Buffer.from('0603550403', 'hex');
/** 1.2.840.113549.1.1.11, and no parameters. */
const SHA256_WITH_RSA = Buffer.from('300d06092a864886f70d01010b0500', 'hex');

function der(tag: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(tag), lengthOf(content), content]);
}

/** One byte up to 127; from there on the number of bytes that follow comes first. */
function lengthOf({ length }: Uint8Array): Buffer {
  if (length < 0x80) return Buffer.of(length);
  const bytes = hexBytes(length.toString(16));
  return Buffer.concat([Buffer.of(0x80 + bytes.length), bytes]);
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => der(TAG.sequence, Buffer.concat(parts));
const set = (...parts: readonly Uint8Array[]): Buffer => der(TAG.set, Buffer.concat(parts));

/** In as few bytes as it takes, and with a zero before a first bit that would make it negative. */
function integer(hex: string): Buffer {
  const bytes = hexBytes(hex.replace(/^0+(?=.)/, ''));
  return der(TAG.integer, bytes[0]! < 0x80 ? bytes : Buffer.concat([Buffer.of(0), bytes]));
}

/** Years from 2050 on have four digits, the others two. */
function time(at: Date): Buffer {
  const digits = `${at.toISOString().slice(0, 19).replaceAll(/\D/g, '')}Z`;
  const isShort = at.getUTCFullYear() < 2050;
  return der(isShort ? TAG.utcTime : TAG.generalTime, Buffer.from(isShort ? digits.slice(2) : digits));
}

const hexBytes = (hex: string): Buffer => Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');

const pem = (bytes: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64').replaceAll(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
