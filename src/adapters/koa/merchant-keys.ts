import { createHash, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../domain/secret.ts';

export interface MerchantKey {
  readonly name: string;
  readonly secret: Secret;
}

/** The keys that merchant backends show. What is kept and compared are digests, all of them every time. */
export class MerchantKeys {
  readonly #digests: readonly { readonly name: string; readonly digest: Buffer }[];

  constructor(keys: readonly MerchantKey[]) {
    this.#digests = keys.map(({ name, secret }) => ({ name, digest: sha256(secret.reveal()) }));
  }

  /** Answers the name of the key, or undefined for one that is none of ours. */
  recognise(key: string): string | undefined {
    const digest = sha256(key);
    let name: string | undefined;
    for (const known of this.#digests) if (timingSafeEqual(known.digest, digest)) ({ name } = known);
    return name;
  }
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
