import type { Chance } from '../storm/chance.ts';
import { mutated, NASTY } from './mutations.ts';

/** What no field of ours is, in the letters of JSON. */
const VALUES: readonly string[] = [
  'null true false 0 -0 -1 1.5 1e400 -1e400 1e-400 9007199254740993 1000000001 "" "1" [] {} [null] [[]] {"length":5}'.split(
    ' ',
  ),
  '{"$gt":""} {"$ne":null} {"_bsontype":"ObjectId"} "\\u0000" "\\ud800" "\\u005f_proto__" {"__proto__":{"nasty":1}}'.split(
    ' ',
  ),
  ['{"constructor":{"prototype":{"nasty":1}}}', `${'['.repeat(9)}${']'.repeat(9)}`],
  [`${'{"a":'.repeat(2_000)}1${'}'.repeat(2_000)}`],
].flat();

/** JSON with one or two things wrong with it, or with its letters. It may still say the same. */
export function mutatedJson(chance: Chance, value: unknown): string {
  const text = written(chance, value, chance.is(0.6) ? 0.15 : 0.02);
  return chance.is(0.3) ? mutated(chance, text) : text;
}

function written(chance: Chance, value: unknown, rate: number): string {
  if (chance.is(rate)) return chance.oneOf(VALUES);
  if (Array.isArray(value)) return `[${value.map((item) => written(chance, item, rate)).join(',')}]`;
  if (typeof value === 'object' && value !== null) return writtenObject(chance, Object.entries(value), rate);
  if (typeof value === 'string' && chance.is(rate)) return JSON.stringify(mutated(chance, value));
  return JSON.stringify(value);
}

function writtenObject(chance: Chance, entries: readonly [string, unknown][], rate: number): string {
  const members = entries.flatMap(([name, inner]) => {
    if (chance.is(rate / 2)) return [];
    const member = `${JSON.stringify(chance.is(rate / 2) ? chance.oneOf(NASTY) : name)}:${written(chance, inner, rate)}`;
    return chance.is(rate / 4) ? [member, `${JSON.stringify(name)}:${chance.oneOf(VALUES)}`] : [member];
  });
  if (chance.is(rate / 4)) members.push(`${JSON.stringify(chance.oneOf(NASTY))}:${chance.oneOf(VALUES)}`);
  return `{${members.join(',')}}`;
}
