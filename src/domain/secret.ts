/**
 * A text that must not be seen by accident: printed, logged or put into JSON it reads `[secret]`.
 * Only {@link Secret.reveal} gives the text itself, so every use of it can be found by that name.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  equals(other: Secret): boolean {
    return this.#text === other.#text;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  /** What `console.log` and its kin ask for; the symbol is registered by name, so no import is needed. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]';
  }
}
