/** The units that bills are counted in: fees come in 1/100,000 of a yuan. */
export const UNITS_PER_YUAN = 100_000;
const UNITS_PER_FEN = UNITS_PER_YUAN / 100;

const AMOUNT = /^(-?)(0|[1-9]\d{0,10})(?:\.(\d{1,5})0*)?$/;

/**
 * Yuan as bills write them, in 1/100,000 of a yuan and exactly: `4.35` is 435,000.
 * Undefined for what is no such amount, has a part that cannot be told in these units, or is more than a number holds.
 */
export function readYuan(text: string): number | undefined {
  // Most cells of a bill.
  if (text === '0.00' || text === '0.00000') return 0;
  const [, sign, whole, part = ''] = AMOUNT.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const units = Number(whole) * UNITS_PER_YUAN + Number(part.padEnd(5, '0'));
  if (!Number.isSafeInteger(units)) return undefined;
  return sign === '-' && units > 0 ? -units : units;
}

/** The same in fen, where they are whole. */
export function readYuanAsFen(text: string): number | undefined {
  const units = readYuan(text);
  return units === undefined || units % UNITS_PER_FEN !== 0 ? undefined : units / UNITS_PER_FEN;
}

/** An exact decimal of yuan, of two places or as many as it takes. */
export function writeYuan(units: bigint): string {
  const digits = String(units < 0n ? -units : units).padStart(6, '0');
  const part = digits.slice(-5).replace(/0{1,3}$/, '');
  return `${units < 0n ? '-' : ''}${digits.slice(0, -5)}.${part}`;
}

/** A sum of any number of amounts, exact however large it grows. */
export class YuanSum {
  #small = 0;
  #large = 0n;

  add(units: number): void {
    const sum = this.#small + units;
    if (Number.isSafeInteger(sum)) {
      this.#small = sum;
    } else {
      this.#large += BigInt(this.#small);
      this.#small = units;
    }
  }

  get total(): bigint {
    return this.#large + BigInt(this.#small);
  }
}
