/** A field of a signed message that is missing or cannot be. */
export class UnreadableField extends Error {
  override readonly name = 'UnreadableField';
  readonly field: string;

  constructor(field: string) {
    super(`${field} is missing or cannot be`);
    this.field = field;
  }
}

export function need<Value>(field: string, value: Value | null | undefined): Value {
  if (value === null || value === undefined) throw new UnreadableField(field);
  return value;
}
