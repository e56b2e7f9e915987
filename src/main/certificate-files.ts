import { readFileSync } from 'node:fs';
import {
  type MerchantCertificate,
  readMerchantCertificate,
  UnusableCertificate,
} from '../adapters/wechat/pay-client/merchant-certificate.ts';
import type { Environment, Fault } from './environment.ts';

const FILES = ['WECHAT_PAY_CERT_FILE', 'WECHAT_PAY_KEY_FILE'] as const;

/** The merchant's certificate and its key, where there are any, and what is wrong with them. */
export function certificateIn(given: Environment): { certificate: MerchantCertificate | null; faults: Fault[] } {
  const named = FILES.filter((name) => given[name] !== undefined);
  if (named.length === 0) return { certificate: null, faults: [] };
  const missing = FILES.filter((name) => given[name] === undefined);
  if (missing.length > 0) return wrong(missing, `is needed together with ${named[0]}`);
  const [cert, key] = FILES.map((name) => fileText(given[name] ?? ''));
  if (cert === undefined) return wrong([FILES[0]], 'names a file that is missing or not ours to read');
  if (key === undefined) return wrong([FILES[1]], 'names a file that is missing or not ours to read');
  return parsed(cert, key);
}

function parsed(cert: string, key: string): ReturnType<typeof certificateIn> {
  try {
    return { certificate: readMerchantCertificate(cert, key), faults: [] };
  } catch (error) {
    if (!(error instanceof UnusableCertificate)) throw error;
    return wrong([FILES[0]], `is of no use. ${error.message}`);
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
