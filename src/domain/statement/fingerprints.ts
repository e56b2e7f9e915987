const FIRST_SIZE = 1 << 10;

/**
 * Remembers which texts it has seen, in some 16 bytes for each however long it is: a busy day has a million.
 * Of a million it takes one that it has not seen for one that it has once in nine thousand million.
 */
export class Fingerprints {
  #slots = new Float64Array(FIRST_SIZE);
  #count = 0;

  add(text: string): void {
    if (this.#count * 2 >= this.#slots.length) this.#grow();
    this.#put(fingerprintOf(text));
  }

  has(text: string): boolean {
    const fingerprint = fingerprintOf(text);
    return this.#slots[this.#placeOf(fingerprint)] === fingerprint;
  }

  #put(fingerprint: number): void {
    const place = this.#placeOf(fingerprint);
    if (this.#slots[place] === 0) this.#count += 1;
    this.#slots[place] = fingerprint;
  }

  /** Where it is, or where it would be. */
  #placeOf(fingerprint: number): number {
    const { length } = this.#slots;
    let place = fingerprint % length;
    while (this.#slots[place] !== 0 && this.#slots[place] !== fingerprint) place = (place + 1) % length;
    return place;
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Float64Array(before.length * 2);
    this.#count = 0;
    for (const fingerprint of before) if (fingerprint !== 0) this.#put(fingerprint);
  }
}

/** 53 bits of a text (cyrb53), and never 0. */
function fingerprintOf(text: string): number {
  let one = 0xdeadbeef;
  let other = 0x41c6ce57;
  for (let place = 0; place < text.length; place += 1) {
    // Every unit counts, halves of characters among them.
    // oxlint-disable-next-line unicorn/prefer-code-point
    const unit = text.charCodeAt(place);
    one = Math.imul(one ^ unit, 2_654_435_761);
    other = Math.imul(other ^ unit, 1_597_334_677);
  }
  one = Math.imul(one ^ (one >>> 16), 2_246_822_507) ^ Math.imul(other ^ (other >>> 13), 3_266_489_909);
  other = Math.imul(other ^ (other >>> 16), 2_246_822_507) ^ Math.imul(one ^ (one >>> 13), 3_266_489_909);
  return 4_294_967_296 * (other & 0x1fffff) + (one >>> 0) || 1;
}
