import { unreadable } from '../pay-client/outages.ts';

/** All of it in one piece. Throws an Outage where there are more bytes than these. */
export async function collected(bytes: AsyncIterable<Uint8Array>, most: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    length += chunk.length;
    if (length > most) throw unreadable('an endless answer');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
