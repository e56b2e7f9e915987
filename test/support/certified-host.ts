import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, onTestFinished } from 'vitest';

interface Files {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

const NAMES = 'IP:127.0.0.1';

const { authority, server, merchant, impostor, foreigner } = issue();

/** What a merchant has been given by the authority that the hosts of this file believe. */
export const MERCHANT_FILES: Files = merchant;

/** Somebody whom they do not know. */
export const FOREIGNER: Files = foreigner;

/** Has this process believe the hosts that the authority vouches for, as it believes WeChat's. */
export function trustTestAuthority(): void {
  const before = getCACertificates('default');
  beforeAll(() => setDefaultCACertificates([...before, authority]));
  afterAll(() => setDefaultCACertificates(before));
}

export interface CertifiedHost {
  readonly url: string;
  /** For every request that got through, whose certificate came with it. */
  readonly shown: readonly (string | undefined)[];
}

interface Ways {
  /** Whether nobody gets in without a certificate. */
  readonly isRequired?: boolean;
  /** Whether it only says that it is the host. */
  readonly isImpostor?: boolean;
}

/** A host that speaks TLS, asks for a certificate and gives one answer, or answers as it is told; gone when the test is over. */
export async function certifiedHost(
  answer: string | RequestListener,
  { isRequired = true, isImpostor = false }: Ways = {},
): Promise<CertifiedHost> {
  const shown: (string | undefined)[] = [];
  const files = isImpostor ? impostor : server;
  const tls = { ...files, ca: authority, requestCert: true, rejectUnauthorized: isRequired };
  const host = createServer(tls, (request, response) => {
    const { subject } = (request.socket as TLSSocket).getPeerCertificate();
    shown.push(subject?.CN?.toString());
    if (typeof answer === 'string') response.end(answer);
    else answer(request, response);
  });
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => host.closeAllConnections());
  onTestFinished(() => void host.close());
  return { url: `https://127.0.0.1:${(host.address() as AddressInfo).port}`, shown };
}

/** Everything is made anew for each run, so that nothing of it can run out. */
function issue() {
  const folder = mkdtempSync(join(tmpdir(), 'authority-'));
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const filesOf = (name: string): Files => {
    const [cert, key] = [`${name}.pem`, `${name}.key`].map((file) => readFileSync(join(folder, file), 'utf8'));
    return { cert: cert!, key: key! };
  };
  const fresh = (name: string, subject: string) => [
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    `${name}.key`,
    '-subj',
    subject,
  ];
  const ownWord = (name: string, subject: string) => {
    openssl(
      'req',
      '-x509',
      ...fresh(name, subject),
      '-days',
      '2',
      '-addext',
      `subjectAltName=${NAMES}`,
      '-out',
      `${name}.pem`,
    );
    return filesOf(name);
  };
  const issued = (name: string, subject: string) => {
    writeFileSync(join(folder, 'names'), `subjectAltName=${NAMES}`);
    openssl('req', ...fresh(name, subject), '-out', `${name}.csr`);
    const signer = ['-CA', 'authority.pem', '-CAkey', 'authority.key', '-CAcreateserial', '-extfile', 'names'];
    openssl('x509', '-req', '-in', `${name}.csr`, ...signer, '-days', '2', '-out', `${name}.pem`);
    return filesOf(name);
  };
  const made = {
    authority: ownWord('authority', '/CN=Test User CA').cert,
    server: issued('server', '/CN=127.0.0.1'),
    merchant: issued('merchant', '/CN=1230000109'),
    impostor: ownWord('impostor', '/CN=127.0.0.1'),
    foreigner: ownWord('foreigner', '/CN=1230000109'),
  };
  rmSync(folder, { recursive: true });
  return made;
}
