import type { Chance } from '../storm/chance.ts';

const words = (line: string): string[] => line.split(' ');

const CHARACTERS = words(
  '\0 \r\n \t \u0001 \u007f \u0085 \u2028 \ufeff \ufffe \u202e \ud800 \udfff 🧋 é e\u0301 \u3000 ＄ ſ İ ١',
);
const MARKS = words('../../etc/passwd /etc/passwd %00 %ff %2f % ? # // \\ ; , : " \' ` = ===== \\u0000 \\ud800 <');
const OF_XML = words(
  '<!DOCTYPE &e; &#0; &amp; &lt; & <![CDATA[ ]]> ]]]]><![CDATA[> <!-- --> <xml> </xml> <a> <a/> #text',
);
const OF_OBJECTS = words(
  '__proto__ constructor prototype toString hasOwnProperty {"__proto__":{"nasty":1}} $gt $where {"$gt":""}',
);
const NUMBERS = words('NaN Infinity -0 -1 00 0x1F 1e400 1e-7 1.5 9007199254740993 99999999999999 2026-02-30 null true');
const OF_OURS = words('SUCCESS FAIL PROCESSING CNY paid off on auto current AAAA AAAAAAAAAAAAAAAAAAAAAA==');
const PHRASES = [
  '',
  ' ',
  '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
  '<?xml version="1.1"?>',
  "' or 1=1 --",
];
const LONG = ['1'.repeat(40), 'x'.repeat(300), '['.repeat(50), '{"a":'.repeat(50)];

/** Words that have meant something to somebody's parser. */
export const NASTY: readonly string[] = [CHARACTERS, MARKS, OF_XML, OF_OBJECTS, NUMBERS, OF_OURS, PHRASES, LONG].flat();

const NO_UTF8 = words('\xc0\xaf \xff \xfe\xff \xed\xa0\x80 \xc3( \xf5\x80\x80\x80 \xf0\x9f \xe2\x82');

/** The same as bytes, each a character of latin1, and what is no UTF-8. */
const NASTY_BYTES: readonly string[] = [...NASTY.map((word) => Buffer.from(word).toString('latin1')), ...NO_UTF8];

/** The text with one to four things wrong with it, or quite another one. It may still be the same. */
export function mutated(chance: Chance, text: string, among = NASTY, bits = 16): string {
  if (chance.is(0.02)) return chance.is(0.5) ? chance.oneOf(among) : garbage(chance, bits);
  let mutant = text;
  for (let turns = chance.from(1, 4); turns > 0; turns = chance.is(0.6) ? 0 : turns - 1)
    mutant = chance.oneOf(WAYS)(mutant, { chance, among, bits });
  return mutant;
}

export const mutatedBytes = (chance: Chance, bytes: Uint8Array): Buffer =>
  Buffer.from(mutated(chance, Buffer.from(bytes).toString('latin1'), NASTY_BYTES, 8), 'latin1');

export const garbage = (chance: Chance, bits = 16): string =>
  Array.from({ length: chance.from(0, 200) }, () => String.fromCharCode(chance.from(0, 2 ** bits - 1))).join('');

interface Means {
  readonly chance: Chance;
  readonly among: readonly string[];
  readonly bits: number;
}

/** Where something is done, and to how much. */
function pieceOf(chance: Chance, { length }: string): readonly [from: number, to: number] {
  const from = chance.from(0, length);
  return [from, Math.min(length, from + chance.from(0, chance.is(0.5) ? 4 : length))];
}

type Way = (text: string, means: Means) => string;

const replacing = (text: string, [from, to]: readonly [number, number], by: string): string =>
  text.slice(0, from) + by + text.slice(to);

const WAYS: readonly Way[] = [
  flipBit,
  flipBit,
  (text, { chance, among }) => replacing(text, pieceOf(chance, text), chance.oneOf(among)),
  (text, { chance, among }) => {
    const at = chance.from(0, text.length);
    return replacing(text, [at, at], chance.oneOf(among));
  },
  (text, { chance }) => replacing(text, pieceOf(chance, text), ''),
  (text, { chance }) => text.slice(0, chance.from(0, text.length)),
  (text, { chance }) => {
    const piece = pieceOf(chance, text);
    return replacing(text, piece, text.slice(...piece).repeat(chance.from(2, 3)));
  },
  (text, { chance }) => replacing(text, pieceOf(chance, text), text.slice(...pieceOf(chance, text))),
  (text, { chance }) => {
    const piece = pieceOf(chance, text);
    const slice = text.slice(...piece);
    return replacing(text, piece, chance.is(0.5) ? slice.toUpperCase() : slice.toLowerCase());
  },
];

function flipBit(text: string, { chance, bits }: Means): string {
  if (text === '') return text;
  const at = chance.from(0, text.length - 1);
  return replacing(text, [at, at + 1], String.fromCharCode(text.charCodeAt(at) ^ (1 << chance.from(0, bits - 1))));
}
