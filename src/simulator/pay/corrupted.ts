/** Flips a bit in the middle. */
export function corrupted(body: Buffer): Buffer {
  const middle = Math.floor(body.length / 2);
  return Buffer.from(body.map((byte, index) => (index === middle ? byte ^ 1 : byte)));
}
