export type Fields = Readonly<Record<string, unknown>>;

/** Whether a name is meant here, by its first part. */
type Belongs = (name: string) => boolean;

/** With these values instead, or besides; `amount.total` is the total within amount. */
export const overridden = (fields: Fields, override: Fields, belongs: Belongs): Fields =>
  Object.entries(override).reduce((changed, [name, value]) => {
    const [first = '', ...rest] = name.split('.');
    return belongs(first) ? setAt(changed, first, rest, value) : changed;
  }, fields);

/** Without those. */
export const dropped = (fields: Fields, drop: readonly string[], belongs: Belongs): Fields =>
  drop.reduce((changed, name) => {
    const [first = '', ...rest] = name.split('.');
    return belongs(first) ? dropAt(changed, first, rest) : changed;
  }, fields);

function setAt(fields: Fields, first: string, [next, ...rest]: readonly string[], value: unknown): Fields {
  return { ...fields, [first]: next === undefined ? value : setAt(within(fields[first]), next, rest, value) };
}

function dropAt(fields: Fields, first: string, [next, ...rest]: readonly string[]): Fields {
  if (next !== undefined) return { ...fields, [first]: dropAt(within(fields[first]), next, rest) };
  return Object.fromEntries(Object.entries(fields).filter(([name]) => name !== first));
}

const within = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
