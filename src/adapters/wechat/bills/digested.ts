import { createHash, type Hash } from 'node:crypto';
import { unreadable } from '../pay-client/outages.ts';

const SHA1 = /^SHA(?:-?1)?=(.+)$/i;

/**
 * The same bytes, compared at the end with a header like `Digest: SHA=…`. It does not say whether it is over the file
 * or over the file packed, so either will do; a header that names another algorithm is not looked at.
 */
export class Digested {
  readonly #digest: string | undefined;
  readonly #hashes: Hash[] = [];

  constructor(header: string | undefined) {
    this.#digest = SHA1.exec(header?.trim() ?? '')?.[1];
  }

  /** Counts these bytes as the file, in one of its forms. */
  async *over(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const hash = createHash('sha1');
    this.#hashes.push(hash);
    for await (const chunk of bytes) {
      hash.update(chunk);
      yield chunk;
    }
  }

  /** The last of its forms. Throws an Outage at its end where none of them has the digest. */
  async *checked(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    yield* this.over(bytes);
    if (this.#digest === undefined) return;
    const found = this.#hashes.map((hash) => hash.digest()).flatMap(spellings);
    if (!found.includes(spelling(this.#digest))) throw unreadable('digest');
  }
}

const spellings = (digest: Buffer): string[] => [digest.toString('hex'), digest.toString('base64')];

/** Hex has no case; base64 has. */
const spelling = (digest: string): string => (/^[0-9a-f]{40}$/i.test(digest) ? digest.toLowerCase() : digest);
