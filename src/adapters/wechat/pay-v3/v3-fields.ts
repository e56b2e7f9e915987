import { readRfc3339 } from '../protocol/rfc3339.ts';

/** An object of JSON, by WeChat's names. */
export type V3Fields = Readonly<Record<string, unknown>>;

/** Undefined for whatever is no object of JSON in UTF-8. */
export function readJson(bytes: Uint8Array): V3Fields | undefined {
  try {
    return fieldsOf(JSON.parse(UTF8.decode(bytes)));
  } catch {
    return undefined;
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const fieldsOf = (value: unknown): V3Fields | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as V3Fields) : undefined;

/** WeChat leaves out what is empty, or sends it empty. */
export function textIn(fields: V3Fields, name: string): string | null {
  const value = fields[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Empty where there is none. */
export const fieldsIn = (fields: V3Fields, name: string): V3Fields => fieldsOf(fields[name]) ?? {};

/** An amount: whole fen, as a number. */
export function fenIn(fields: V3Fields, name: string): number | null {
  const value = fields[name];
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

export const timeIn = (fields: V3Fields, name: string): Date | undefined => readRfc3339(textIn(fields, name) ?? '');
