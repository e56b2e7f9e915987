import type { KeyObject } from 'node:crypto';
import type { Secret } from '../../../domain/secret.ts';
import { type Certificate, readCertificate, UnusableCertificate } from '../protocol/certificate.ts';
import { fieldsIn, textIn, type V3Fields } from './v3-fields.ts';
import { openSealed, sealedIn } from './v3-sealed.ts';

/** A certificate with whose key WeChat signs (平台证书). */
export interface PlatformCertificate {
  /** Upper-case hex. */
  readonly serial: string;
  readonly key: KeyObject;
  readonly startsAt: Date;
  readonly expiresAt: Date;
  /** As WeChat sealed it. */
  readonly sealed: string;
}

/** Undefined for what is not sealed with our key, or is no certificate of that serial number and of RSA. */
export function openPlatformCertificate(listed: V3Fields, key: Secret): PlatformCertificate | undefined {
  const fields = tidied(listed);
  const sealed = sealedIn(tidied(fieldsIn(fields, 'encrypt_certificate')));
  const opened = sealed && openSealed(sealed, key);
  const certificate = opened && read(opened.toString());
  if (!certificate || certificate.serialNumber !== textIn(fields, 'serial_no')) return undefined;
  const { serialNumber: serial, publicKey, startsAt, expiresAt } = certificate;
  return { serial, key: publicKey, startsAt, expiresAt, sealed: JSON.stringify(listed) };
}

/** Its own word on when it is good counts: what stands beside it is not sealed. */
function read(pem: string): Certificate | undefined {
  try {
    return readCertificate(pem);
  } catch (error) {
    if (error instanceof UnusableCertificate) return undefined;
    throw error;
  }
}

/** Some of WeChat's names were seen with a blank behind them. */
const tidied = (fields: V3Fields): V3Fields =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name.trim(), value]));
