import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { unreadable } from '../pay-client/outages.ts';

/** The file as it is inside its gzip, whose own checksum is compared at the end. */
export async function* unpacked(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: 64 * 1024 });
  // Whatever goes wrong is met by whoever reads the end of it.
  pipeline(Readable.from(packed), gunzip, () => {});
  try {
    yield* gunzip as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw isGzipTrouble(error) ? unreadable('gzip') : error;
  } finally {
    gunzip.destroy();
  }
}

const isGzipTrouble = (error: unknown): boolean => String((error as { code?: unknown }).code).startsWith('Z_');

const MAGIC = [0x1f, 0x8b] as const;

export const isGzip = (head: Uint8Array): boolean => MAGIC.every((byte, place) => head[place] === byte);
