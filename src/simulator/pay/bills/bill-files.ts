import { createHash, randomBytes } from 'node:crypto';
import { pipeline as piped, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { streamOf } from './csv.ts';

const LIFETIME = 5 * 60_000;
const MOST = 50;

interface Kept {
  readonly expiresAt: number;
  readonly isCompressed: boolean;
  readonly packed: readonly Buffer[];
}

/** Bills as they were when they were asked for, each behind a token, for five minutes. */
export class BillFiles {
  #kept = new Map<string, Kept>();

  /** Answers the digest of the file as it is before it is compressed. */
  async keep(lines: Iterable<string>, isCompressed: boolean): Promise<{ token: string; digest: string }> {
    const hash = createHash('sha1');
    const packed: Buffer[] = [];
    const hashed = async function* (text: AsyncIterable<string>) {
      for await (const piece of text) {
        hash.update(piece);
        yield piece;
      }
    };
    await pipeline(streamOf(lines, false), hashed, createGzip({ level: 1 }), async (pieces: AsyncIterable<Buffer>) => {
      for await (const piece of pieces) packed.push(piece);
    });
    const token = randomBytes(24).toString('base64url');
    this.#add(token, { expiresAt: Date.now() + LIFETIME, isCompressed, packed });
    return { token, digest: hash.digest('hex') };
  }

  open(token: string): { type: string; open: () => Readable } | undefined {
    const kept = this.#kept.get(token);
    if (!kept || Date.now() >= kept.expiresAt) return undefined;
    const { packed, isCompressed } = kept;
    return {
      type: isCompressed ? 'application/x-gzip' : 'text/plain; charset=utf-8',
      // A reader who goes away is no error.
      open: () => (isCompressed ? Readable.from(packed) : piped(Readable.from(packed), createGunzip(), () => {})),
    };
  }

  #add(token: string, kept: Kept): void {
    const living = [...this.#kept].filter(([, { expiresAt }]) => Date.now() < expiresAt);
    this.#kept = new Map([...living.slice(1 - MOST), [token, kept]]);
  }
}
