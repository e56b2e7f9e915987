import { createPrivateKey, type KeyObject, randomBytes, X509Certificate } from 'node:crypto';
import { rsaKey } from '../rsa-keys.ts';
import { selfSigned } from '../x509.ts';
import type { SimulatedV3 } from './merchant.ts';

const SECOND = 1_000;
const DAY = 86_400 * SECOND;
const YEAR = 365 * DAY;

export const NO_V3 = 'the merchant has not taken up version 3';

/** What WeChat signs with, and the name that it gives it. */
export interface Signer {
  readonly serial: string;
  readonly key: KeyObject;
}

export interface PlatformCertificate extends Signer {
  readonly pem: string;
  readonly startsAt: Date;
  readonly expiresAt: Date;
  /** When it is listed no more; until it expires, unless another took its place. */
  listedUntil: Date;
}

export type SignWith = 'certificate' | 'public-key';

/** The keys between WeChat and one merchant: the platform's certificates (平台证书), the newest last, and its public key. */
export class V3Platform {
  readonly apiKey: string;
  /** Of the merchant: its requests are signed with this key's other half. */
  readonly merchant: { readonly serial: string; readonly key: KeyObject };
  readonly publicKey: { readonly id: string; readonly key: KeyObject } | undefined;
  /** What notices are signed with. */
  signWith: SignWith;
  readonly #certificates: PlatformCertificate[] = [];
  readonly #hasCertificates: boolean;

  constructor({ key, certificate, publicKey, withoutCertificates = false }: SimulatedV3) {
    if (Buffer.byteLength(key) !== 32) throw new RangeError('an APIv3 key has 32 bytes');
    if (withoutCertificates && !publicKey) throw new RangeError('without certificates it takes a public key');
    const { serialNumber, publicKey: merchantKey } = new X509Certificate(certificate);
    this.apiKey = key;
    this.merchant = { serial: serialNumber, key: merchantKey };
    this.publicKey = publicKey && { id: publicKey.id, key: createPrivateKey(publicKey.privateKey) };
    this.signWith = publicKey ? 'public-key' : 'certificate';
    this.#hasCertificates = !withoutCertificates;
  }

  /** Those that are listed now, the newest last; none where the merchant has only a public key. */
  certificates(): readonly PlatformCertificate[] {
    if (!this.#hasCertificates) return [];
    // The first is made when somebody asks, for making one takes its time.
    if (this.#certificates.length === 0) this.#add();
    return this.#certificates.filter(({ listedUntil }) => Date.now() < listedUntil.getTime());
  }

  /** A new certificate, which signs from now on; the old ones are listed for that long yet, in milliseconds. */
  rotate(overlap: number): PlatformCertificate | undefined {
    const until = new Date(Date.now() + overlap);
    for (const old of this.certificates()) if (until < old.listedUntil) old.listedUntil = until;
    return this.#hasCertificates ? this.#add() : undefined;
  }

  /** What an answer is signed with, when the request names that key; undefined for a name that nobody knows. */
  signerFor(named: string | undefined): Signer | undefined {
    if (named === undefined) return this.#newest() ?? this.#publicSigner();
    if (named === this.publicKey?.id) return this.#publicSigner();
    return this.certificates().some(({ serial }) => serial === named) ? this.#newest() : undefined;
  }

  noticeSigner(): Signer {
    const isPublic = this.signWith === 'public-key' || !this.#hasCertificates;
    return ((isPublic && this.#publicSigner()) || this.#newest())!;
  }

  /** The private half of what a merchant seals its fields with. */
  openerOf(named: string): KeyObject | undefined {
    if (named === this.publicKey?.id) return this.publicKey.key;
    return this.certificates().find(({ serial }) => serial === named)?.key;
  }

  #newest(): Signer | undefined {
    return this.certificates().at(-1);
  }

  #publicSigner(): Signer | undefined {
    return this.publicKey && { serial: this.publicKey.id, key: this.publicKey.key };
  }

  #add(): PlatformCertificate {
    const [serial, key] = [newSerial(), rsaKey(`platform ${this.#certificates.length}`)];
    // The newest is the one that is good from the latest time on, so no two are from the same.
    const last = this.#certificates.at(-1)?.startsAt.getTime() ?? 0;
    const startsAt = new Date(Math.max(last + SECOND, wholeSeconds(Date.now() - DAY)));
    const expiresAt = new Date(wholeSeconds(Date.now() + 5 * YEAR));
    const wish = { commonName: 'Tenpay.com sign', privateKey: key, notBefore: startsAt, notAfter: expiresAt };
    const pem = selfSigned({ ...wish, serialNumber: serial });
    const certificate = { serial, key, pem, startsAt, expiresAt, listedUntil: expiresAt };
    this.#certificates.push(certificate);
    return certificate;
  }
}

/** 40 digits, of which the first is no zero and makes no negative number. */
const newSerial = (): string => `5${randomBytes(20).toString('hex').slice(1)}`.toUpperCase();

const wholeSeconds = (time: number): number => Math.floor(time / SECOND) * SECOND;
