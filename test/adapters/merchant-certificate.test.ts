import { execFileSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  readMerchantCertificate,
  UnusableCertificate,
} from '../../src/adapters/wechat/pay-client/merchant-certificate.ts';
import { isKeyOf, readCertificate, readPrivateKey } from '../../src/adapters/wechat/protocol/certificate.ts';
import certificates from '../vectors/certificates.json' with { type: 'json' };

interface Vector {
  readonly name: string;
  readonly op: string;
  readonly inputs: { certificate: string; privateKey?: string };
  readonly expected: Record<string, string | number | boolean | undefined>;
}

const { shared } = certificates;

const fileIn = (reference: string): string =>
  reference.startsWith('@shared/') ? shared[reference.slice('@shared/'.length) as keyof typeof shared] : reference;

const RUN: Record<string, (vector: Vector) => void> = {
  'cert.info': ({ inputs, expected }) => {
    const file = fileIn(inputs.certificate);
    if (expected.error === true) return expect(() => readCertificate(file)).toThrow(UnusableCertificate);
    const { pem, serialNumber, startsAt, expiresAt, publicKey } = readCertificate(file);
    const { subject, issuer, fingerprint256 } = new X509Certificate(pem);
    const spki = publicKey.export({ type: 'spki', format: 'der' });
    expect({
      serialNumber,
      subject,
      issuer,
      notBefore: startsAt.toISOString(),
      notAfter: expiresAt.toISOString(),
      publicKeyBits: publicKey.asymmetricKeyDetails?.modulusLength,
      spkiSha256: createHash('sha256').update(spki).digest('hex'),
      fingerprint256: fingerprint256.replaceAll(':', '').toLowerCase(),
    }).toEqual(expected);
  },
  'cert.keypair': ({ inputs, expected }) => {
    const [cert, key] = [fileIn(inputs.certificate), fileIn(inputs.privateKey!)];
    expect(isKeyOf(readCertificate(cert), readPrivateKey(key))).toBe(expected.match);
    const read = () => readMerchantCertificate(cert, key);
    if (expected.match) expect(read().serialNumber).toBe(readCertificate(cert).serialNumber);
    else expect(read).toThrow(new UnusableCertificate('The merchant key is not the key of the certificate.'));
  },
  'cert.public-key': ({ inputs, expected }) => {
    const { publicKey } = readCertificate(fileIn(inputs.certificate));
    expect(publicKey.export({ type: 'spki', format: 'pem' })).toBe(expected.publicKey);
  },
};

describe(`published vectors: ${certificates.category}`, () => {
  it.each((certificates.vectors as Vector[]).map((vector) => [vector.name, vector] as const))('%s', (_name, vector) => {
    const run = RUN[vector.op];
    if (!run) throw new Error(`nobody runs ${vector.op}`);
    run(vector);
  });
});

describe('the files of a merchant', () => {
  const CERT = shared.javaMerchantCert;
  const KEY = shared.javaMerchantPrivateKey;
  const folder = mkdtempSync(join(tmpdir(), 'certificates-'));
  const path = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const file = (name: string) => readFileSync(path(name), 'utf8');

  beforeAll(() => {
    const request = ['-subj', '/CN=1230000109', '-days', '30', '-nodes'];
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-keyout', 'key.pem', '-out', 'cert.pem', ...request);
    openssl('req', '-x509', '-newkey', 'rsa:1024', '-keyout', 'weak_key.pem', '-out', 'weak.pem', ...request);
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
    openssl('req', '-x509', ...curve, '-keyout', 'ec_key.pem', '-out', 'ec.pem', ...request);
    const password = ['-passout', 'pass:1230000109'];
    openssl('pkcs12', '-export', '-inkey', 'key.pem', '-in', 'cert.pem', '-out', 'all.p12', ...password);
    openssl('pkcs12', '-in', 'all.p12', '-passin', 'pass:1230000109', '-nodes', '-out', 'all.pem');
    openssl('pkey', '-in', 'key.pem', '-aes128', ...password, '-out', 'encrypted.pem');
    openssl('rsa', '-in', 'key.pem', '-aes128', ...password, '-traditional', '-out', 'encrypted_1.pem');
    openssl('rsa', '-in', 'key.pem', '-traditional', '-out', 'key_1.pem');
    openssl('x509', '-in', 'cert.pem', '-outform', 'DER', '-out', 'cert.der');
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it('are read: the serial number, the expiry, and what TLS needs of them', () => {
    const { key, ...read } = readMerchantCertificate(CERT, KEY);
    expect(read).toEqual({
      cert: CERT.trim(),
      serialNumber: '5F1C72E2A8931B72A2E13AF8DEE92471EB397115',
      expiresAt: new Date('2025-05-09T01:57:10.000Z'),
    });
    expect(key.reveal()).toBe(KEY.trim());
  });

  it.each([
    ['with carriage returns', CERT.replaceAll('\n', '\r\n'), KEY.replaceAll('\n', '\r\n')],
    ['with a BOM', `\ufeff${CERT}`, `\ufeff${KEY}`],
    ['both in one file', KEY + CERT, KEY + CERT],
    ['with the certificate of who issued it behind it', CERT + shared.javaDownloadedCert, KEY],
  ])('are read %s', (_what, cert, key) => {
    expect(readMerchantCertificate(cert, key).serialNumber).toBe('5F1C72E2A8931B72A2E13AF8DEE92471EB397115');
  });

  it('are read as OpenSSL takes them out of apiclient_cert.p12, remarks and all', () => {
    const { serialNumber } = readMerchantCertificate(file('cert.pem'), file('key.pem'));
    expect(file('all.pem')).toContain('Bag Attributes');
    expect(readMerchantCertificate(file('all.pem'), file('all.pem')).serialNumber).toBe(serialNumber);
    expect(readMerchantCertificate(file('cert.pem'), file('key_1.pem')).serialNumber).toBe(serialNumber);
  });

  it.each<[what: string, cert: () => string, key: () => string, sentence: RegExp]>([
    ['swapped', () => KEY, () => CERT, /certificate holds a private key: are the two swapped\?$/],
    ['two certificates', () => CERT, () => CERT, /merchant key holds a certificate: are the two swapped\?$/],
    [
      'of two merchants',
      () => CERT,
      () => shared.goTestingPrivateKey,
      /The merchant key is not the key of the certificate\.$/,
    ],
    [
      'a .p12 as UTF-8',
      () => file('all.p12'),
      () => KEY,
      /PKCS#12 .* openssl pkcs12 .*-out apiclient_cert\.pem -clcerts/,
    ],
    ['a .p12 as Latin-1', () => readFileSync(path('all.p12'), 'latin1'), () => KEY, /is a PKCS#12 file/],
    [
      'a .p12 for the key',
      () => CERT,
      () => file('all.p12'),
      /PKCS#12 .* openssl pkcs12 .*-out apiclient_key\.pem -nocerts/,
    ],
    ['a certificate in DER', () => file('cert.der'), () => KEY, /holds no certificate in PEM/],
    [
      'an encrypted key',
      () => file('cert.pem'),
      () => file('encrypted.pem'),
      /is encrypted with a password.*openssl pkey/,
    ],
    [
      'a key encrypted in the old way',
      () => file('cert.pem'),
      () => file('encrypted_1.pem'),
      /is encrypted with a pass/,
    ],
    ['of 1024 bits', () => file('weak.pem'), () => file('weak_key.pem'), /certificate is of RSA with 1024 bits/],
    ['a key of 1024 bits', () => CERT, () => file('weak_key.pem'), /key is of RSA with 1024 bits/],
    ['of no RSA', () => file('ec.pem'), () => file('ec_key.pem'), /certificate is not of RSA/],
    ['a key of no RSA', () => CERT, () => file('ec_key.pem'), /key is not of RSA/],
    ['empty', () => '', () => KEY, /holds no certificate in PEM/],
    ['no key', () => CERT, () => '', /holds no private key in PEM/],
    ['half a certificate', () => CERT.slice(0, 600), () => KEY, /holds no certificate in PEM/],
    ['a damaged certificate', () => CERT.replace(/MII\w{20}/, 'MIIX'), () => KEY, /certificate is damaged/],
    ['a damaged key', () => CERT, () => KEY.replace(/MII\w{20}/, 'MIIX'), /key is damaged/],
    ['a public key', () => CERT, () => '-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----', /holds no private key/],
  ])('that are %s are of no use, and a sentence says so', (_what, cert, key, sentence) => {
    const thrown = caught(() => readMerchantCertificate(cert(), key()));
    expect(thrown).toBeInstanceOf(UnusableCertificate);
    expect(String(thrown)).toMatch(sentence);
    expect(thrown.cause).toBeUndefined();
    for (const line of [...cert().split('\n'), ...key().split('\n')].filter((text) => /^[\w+/=]{20,}$/.test(text)))
      expect(thrown.stack).not.toContain(line);
  });

  it('do not show the key by accident', () => {
    const read = readMerchantCertificate(CERT, KEY);
    expect(JSON.stringify(read)).not.toContain('PRIVATE KEY');
  });
});

function caught(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
