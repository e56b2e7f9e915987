import { createPrivateKey, createPublicKey } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMerchantCertificate } from '../../src/adapters/wechat/pay-client/merchant-certificate.ts';
import type { PayApi } from '../../src/domain/order/pay-api.ts';
import type { SimulatedV3 } from '../../src/simulator/pay/merchant.ts';
import certificates from '../vectors/certificates.json' with { type: 'json' };

/*
 * A merchant of version 3, with keys that are published: making keys takes its time.
 */

export const V3_KEY = '8e1a2f3c4b5d69708192a3b4c5d6e7f8';
export const PUBLIC_KEY_ID = 'PUB_KEY_ID_0116238479092024091200326100000';
export const MERCHANT_CERTIFICATE = readMerchantCertificate(
  certificates.shared.javaMerchantCert,
  certificates.shared.javaMerchantPrivateKey,
);

/** What WeChat signs with. */
export const WECHAT_KEY = createPrivateKey(certificates.shared.goTestingPrivateKey);

const PRIVATE_KEY = WECHAT_KEY.export({ type: 'pkcs8', format: 'pem' }).toString();

/** The same at WeChat's side. */
export const SIMULATED_V3: SimulatedV3 = {
  key: V3_KEY,
  certificate: MERCHANT_CERTIFICATE.cert,
  publicKey: { id: PUBLIC_KEY_ID, privateKey: PRIVATE_KEY },
};

/** By what the server knows WeChat's signatures. */
export type KeyMode = 'public-key' | 'certificates';

/**
 * What a server is configured with for version 3, with its files in the folder; a simulator that has the same folder has
 * the same keys. What version 2 needs stays as it is.
 */
export function v3Environment(folder: string, mode: KeyMode = 'public-key'): Record<string, string> {
  mkdirSync(folder, { recursive: true });
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const publicKey = createPublicKey(WECHAT_KEY).export({ type: 'spki', format: 'pem' }).toString();
  file('wechat_pay_key.pem', PRIVATE_KEY);
  return {
    WECHAT_PAY_V3_KEY: V3_KEY,
    WECHAT_PAY_CERT_FILE: file('apiclient_cert.pem', MERCHANT_CERTIFICATE.cert),
    WECHAT_PAY_KEY_FILE: file('apiclient_key.pem', MERCHANT_CERTIFICATE.key.reveal()),
    ...(mode === 'public-key' && {
      WECHAT_PAY_PUBLIC_KEY_ID: PUBLIC_KEY_ID,
      WECHAT_PAY_PUBLIC_KEY_FILE: file('pub_key.pem', publicKey),
    }),
  };
}

/** The keys of that version, and that new orders are to be put to WeChat with it. */
export const payEnvironment = (api: PayApi, folder: string, mode?: KeyMode): Record<string, string> => ({
  ...(api === 'v3' && v3Environment(folder, mode)),
  WECHAT_PAY_API: api,
});
