/** As often as there are bits: the bytes with one bit wrong. */
export function* flippedBits(bytes: Uint8Array): Generator<Buffer> {
  for (const at of bytes.keys())
    for (let mask = 1; mask < 256; mask *= 2) {
      const mutant = Buffer.from(bytes);
      mutant[at]! ^= mask;
      yield mutant;
    }
}
