import { readFileSync } from 'node:fs';
import {
  type MerchantCertificate,
  readMerchantCertificate,
  UnusableCertificate,
} from '../adapters/wechat/pay-client/merchant-certificate.ts';
import { readCertificate, readPrivateKey } from '../adapters/wechat/protocol/certificate.ts';
import type { Environment, Fault } from './environment.ts';

const [CERT, KEY] = ['WECHAT_PAY_CERT_FILE', 'WECHAT_PAY_KEY_FILE'] as const;
const FILES = [CERT, KEY] as const;

/** The merchant's certificate and its key, where there are any, and what is wrong with them. */
export function certificateIn(given: Environment): { certificate: MerchantCertificate | null; faults: Fault[] } {
  const named = FILES.filter((name) => given[name] !== undefined);
  if (named.length === 0) return { certificate: null, faults: [] };
  const missing = FILES.filter((name) => given[name] === undefined);
  if (missing.length > 0) return wrong(missing, `is needed together with ${named[0]}`);
  const [cert, key] = [fileText(given[CERT] ?? ''), fileText(given[KEY] ?? '')];
  const unread = FILES.filter((name) => (name === CERT ? cert : key) === undefined);
  if (cert === undefined || key === undefined) return wrong(unread, 'names a file that is missing or not ours to read');
  return parsed(cert, key);
}

/** Each file by itself, so that what is wrong with one hides nothing in the other; then both as a pair. */
function parsed(cert: string, key: string): ReturnType<typeof certificateIn> {
  const faults = [...faultsIn(CERT, () => readCertificate(cert)), ...faultsIn(KEY, () => readPrivateKey(key))];
  let certificate: MerchantCertificate | null = null;
  if (faults.length === 0) faults.push(...faultsIn(KEY, () => (certificate = readMerchantCertificate(cert, key))));
  return { certificate, faults };
}

function faultsIn(variable: string, read: () => unknown): Fault[] {
  try {
    read();
    return [];
  } catch (error) {
    if (!(error instanceof UnusableCertificate)) throw error;
    return [{ variable, message: `is of no use. ${error.message}` }];
  }
}

const wrong = (variables: readonly string[], message: string) => ({
  certificate: null,
  faults: variables.map((variable) => ({ variable, message })),
});

/** As bytes go: a PKCS#12 file is no text, and is to be recognised for what it is. */
function fileText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
