import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { selfSigned, type CertificateWish } from '../../src/simulator/x509.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const SERIAL = '5157F09EFDC096DE15EBE81A47057A7232F1B8E1';

const wish = (differences: Partial<CertificateWish> = {}): CertificateWish => ({
  commonName: '1900000001',
  serialNumber: SERIAL,
  privateKey,
  notBefore: new Date('2026-01-01T00:00:00Z'),
  notAfter: new Date('2031-01-01T00:00:00Z'),
  ...differences,
});

const read = (differences: Partial<CertificateWish> = {}) => new X509Certificate(selfSigned(wish(differences)));

describe('a certificate of our own', () => {
  it('says what it was asked to', () => {
    const certificate = read();
    expect(certificate.serialNumber).toBe(SERIAL);
    expect([certificate.subject, certificate.issuer]).toEqual(['CN=1900000001', 'CN=1900000001']);
    expect(certificate.publicKey.equals(publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(privateKey)).toBe(true);
  });

  it('is signed with its own key, and with no other', () => {
    const another = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    expect(read().verify(publicKey)).toBe(true);
    expect(read().verify(another.publicKey)).toBe(false);
  });

  it.each(['1', '7F', '80', '0A', '00FF', 'FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF'])(
    'has any number: %s',
    (serial) => {
      const number = BigInt(`0x${read({ serialNumber: serial }).serialNumber}`);
      expect(number).toBe(BigInt(`0x${serial}`));
    },
  );

  it.each([
    '1999-12-31T23:59:59.000Z',
    '2049-12-31T23:59:59.000Z',
    '2050-01-01T00:00:00.000Z',
    '2126-02-28T12:00:00.000Z',
  ])('is good until any time: %s', (time) => {
    const { validFromDate, validToDate } = read({ notBefore: new Date(time), notAfter: new Date(time) });
    expect([validFromDate.toISOString(), validToDate.toISOString()]).toEqual([time, time]);
  });

  it.each(['a', '商户'.repeat(10), 'n'.repeat(64)])('has any name: %s', (commonName) => {
    expect(read({ commonName }).toLegacyObject().subject.CN).toBe(commonName);
  });

  it.runIf(hasOpenssl())('is read and believed by openssl, too', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'wexagon-x509-')), 'certificate.pem');
    onTestFinished(() => rmSync(dirname(file), { recursive: true }));
    writeFileSync(file, selfSigned(wish()));
    const openssl = (...args: string[]): string => execFileSync('openssl', args, { encoding: 'utf8', stdio: 'pipe' });
    expect(openssl('x509', '-in', file, '-noout', '-serial', '-enddate')).toBe(
      `serial=${SERIAL}\nnotAfter=Jan  1 00:00:00 2031 GMT\n`,
    );
    const text = openssl('x509', '-in', file, '-noout', '-text');
    expect(text).toContain('Signature Algorithm: sha256WithRSAEncryption');
    expect(openssl('verify', '-check_ss_sig', '-no_check_time', '-CAfile', file, file)).toBe(`${file}: OK\n`);
  });
});

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
