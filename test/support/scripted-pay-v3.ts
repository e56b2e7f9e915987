import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { PlatformKeys } from '../../src/adapters/wechat/pay-v3/platform-keys.ts';
import type { PayV3Settings } from '../../src/adapters/wechat/pay-v3/v3-settings.ts';
import { WechatPayV3 } from '../../src/adapters/wechat/pay-v3/wechat-pay-v3.ts';
import { sealAead } from '../../src/adapters/wechat/protocol/aead.ts';
import { type Clock, DAY, later } from '../../src/domain/clock.ts';
import type {
  PlatformCertificateRepository,
  SealedCertificates,
} from '../../src/domain/order/platform-certificates.ts';
import { Secret } from '../../src/domain/secret.ts';
import { selfSigned } from '../../src/simulator/x509.ts';
import certificates from '../vectors/certificates.json' with { type: 'json' };
import signatures from '../vectors/v3-sign-verify.json' with { type: 'json' };
import { APP_APPID, APPID, MCHID, NOON } from './samples.ts';
import { serving } from './simulated-wechat-pay.ts';
import { TestClock } from './test-clock.ts';
import { MERCHANT_CERTIFICATE, PUBLIC_KEY_ID, V3_KEY, WECHAT_KEY } from './v3-merchant.ts';

export { MERCHANT_CERTIFICATE, PUBLIC_KEY_ID, V3_KEY, WECHAT_KEY } from './v3-merchant.ts';

/** Published ones, for making keys takes its time. */
export const OLD_KEY = createPrivateKey(certificates.shared.javaWechatpayPrivateKey);
export const NEW_KEY = createPrivateKey(signatures.shared.docMerchantPrivateKey);
export const STRANGERS_KEY = createPrivateKey(certificates.shared.axiosPrivateKey);

/** How a message is signed; what is undefined is not there. */
export interface V3Signing {
  readonly key?: KeyObject;
  readonly serial?: string | undefined;
  readonly timestamp?: string | undefined;
  readonly nonce?: string | undefined;
  readonly signature?: string | undefined;
}

type Headers = (readonly [string, string])[];

/** The headers that WeChat signs a body with, by its public key and at noon. */
export function signedWith(body: string | Uint8Array, signing: V3Signing = {}): Headers {
  const { key = WECHAT_KEY, serial = PUBLIC_KEY_ID, timestamp = secondsAt(0), nonce = 'IITRi8Iabbblz1Jc' } = signing;
  const message = Buffer.concat([Buffer.from(`${timestamp}\n${nonce}\n`), Buffer.from(body), Buffer.from('\n')]);
  const signature = sign('sha256', message, key).toString('base64');
  const all = { timestamp, nonce, serial, signature, ...signing };
  return (['timestamp', 'nonce', 'serial', 'signature'] as const).flatMap((name) =>
    all[name] === undefined ? [] : [[`Wechatpay-${name[0]!.toUpperCase()}${name.slice(1)}`, all[name]] as const],
  );
}

/** So many seconds after noon, as WeChat writes the time. */
export const secondsAt = (seconds: number): string => String(NOON.getTime() / 1_000 + seconds);

export interface V3Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** The body, where there is one. */
  readonly fields: Record<string, unknown>;
}

export type V3Answering = (request: IncomingMessage, response: ServerResponse, asked: V3Asked) => unknown;

/** A signed answer; a body of text is sent as it is. */
export const saying =
  (body: object | string = '', signing: V3Signing = {}, status = body === '' ? 204 : 200): V3Answering =>
  (_request, response) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, signedWith(text, signing).flat()).end(text);
  };

/** A no, which nobody signs. */
export const refusing =
  (code: string, status = 400): V3Answering =>
  (_request, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ code, message: '…' }));

/** A WeChat Pay of version 3 that answers as it is told, the last answer for ever; keeps what it was asked. */
export async function scriptedPayV3(...answers: readonly V3Answering[]) {
  const asked: V3Asked[] = [];
  const answerTo = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url: path = '', headers } = request;
    const body = (await buffer(request)).toString();
    const heard = { method, path, headers, body, fields: body === '' ? {} : (JSON.parse(body) as V3Asked['fields']) };
    asked.push(heard);
    answers[Math.min(asked.length, answers.length) - 1]!(request, response, heard);
  };
  const url = await serving((request, response) => void answerTo(request, response));
  return { url, asked };
}

/** Keeps what it is given, and counts how often it is asked. */
export class KeptCertificates implements PlatformCertificateRepository {
  kept: SealedCertificates | undefined;
  reads = 0;
  trouble: Error | undefined;

  async find(): Promise<SealedCertificates | undefined> {
    this.reads += 1;
    if (this.trouble) throw this.trouble;
    return this.kept;
  }

  async keep(certificates: SealedCertificates): Promise<void> {
    if (this.trouble) throw this.trouble;
    this.kept = certificates;
  }
}

export const settingsTo = (baseUrl: string, differences: Partial<PayV3Settings> = {}): PayV3Settings => ({
  appid: APPID,
  appAppid: APP_APPID,
  mchid: MCHID,
  key: new Secret(V3_KEY),
  certificate: MERCHANT_CERTIFICATE,
  baseUrl,
  backupBaseUrl: baseUrl,
  notifyUrl: 'http://127.0.0.1:1/notify/wechat-pay/v3',
  publicKey: { id: PUBLIC_KEY_ID, key: createPublicKey(WECHAT_KEY) },
  deadline: 5_000,
  ...differences,
});

/** At noon, with WeChat's public key and no certificates. */
export function payV3To(baseUrl: string, differences: Partial<PayV3Settings> = {}, clock: Clock = new TestClock()) {
  const settings = settingsTo(baseUrl, differences);
  return new WechatPayV3(settings, clock, new PlatformKeys(settings, clock, new KeptCertificates()));
}

/** A certificate of WeChat's, good from a day before noon on and for five years. */
export interface SampleCertificate {
  readonly serial: string;
  readonly key: KeyObject;
  readonly startsAt?: Date;
  readonly expiresAt?: Date;
}

/** As WeChat lists it, sealed. */
export function listed(certificate: SampleCertificate, apiKey = V3_KEY) {
  const { serial, key, startsAt = later(NOON, -DAY), expiresAt = later(NOON, 5 * 365 * DAY) } = certificate;
  const wish = { commonName: 'Tenpay.com sign', serialNumber: serial, privateKey: key };
  const pem = selfSigned({ ...wish, notBefore: startsAt, notAfter: expiresAt });
  return {
    serial_no: serial,
    effective_time: startsAt.toISOString(),
    expire_time: expiresAt.toISOString(),
    encrypt_certificate: {
      algorithm: 'AEAD_AES_256_GCM',
      ...sealAead(apiKey, pem, { nonce: '61f9c719728a', associated_data: 'certificate' }),
    },
  };
}
