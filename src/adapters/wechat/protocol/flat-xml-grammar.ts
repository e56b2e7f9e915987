import { UnreadableXml } from './unreadable-xml.ts';

/** `root` is the one inside a refund notice's `req_info`. */
export type FlatRoot = 'xml' | 'root';

const MAX_VALUE_BYTES = 8 * 1_024;

/** What XML 1.0 does not count among its characters: C0 controls but tab, CR and LF; surrogates, U+FFFE, U+FFFF. */
const NO_CHARACTER = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;
const BLANKS = /[ \t\r\n]*/y;
const BOM = /\ufeff?/y;
const DECLARATION =
  /(?:<\?xml[ \t\r\n]+version=(["'])1\.0\1(?:[ \t\r\n]+encoding=(["'])[Uu][Tt][Ff]-8\2)?(?:[ \t\r\n]+standalone=(["'])(?:yes|no)\3)?[ \t\r\n]*\?>)?/y;
const OPENING = /<(?!(?:__proto__|constructor|prototype)>)([A-Za-z_][A-Za-z0-9_]{0,63})>/y;
const CLOSING = /<\/([A-Za-z_][A-Za-z0-9_]{0,63})[ \t\r\n]*>/y;
const CDATA = /<!\[CDATA\[/y;
const CDATA_SPLIT = ']]]]><![CDATA[>';
/** Not the end of a section which is split in the only way there is to write `]]>`. */
const CDATA_END = /\]\]>(?!<!\[CDATA\[>)/g;
const ENTITY = /&(amp|lt|gt|quot|apos);/g;
const FOREIGN_ENTITY = /&(?!(?:amp|lt|gt|quot|apos);)/;

/**
 * Accepts exactly `BOM? blanks declaration? blanks <root> (blanks field)* blanks </root> blanks`, a field being
 * `<name>` (CDATA or text) `</name>`; reads its fields on the way. Each step is a single pass over its text.
 */
export function scanFlatXml(text: string, root: FlatRoot, maxFields: number): Map<string, string> {
  if (NO_CHARACTER.test(text)) throw new UnreadableXml('no character of XML');
  const scanner = new Scanner(text);
  for (const pattern of [BOM, BLANKS, DECLARATION, BLANKS]) scanner.take(pattern);
  if (scanner.take(OPENING) !== root) throw new UnreadableXml('root');
  const fields = scanFields(scanner, maxFields);
  if (scanner.take(CLOSING) !== root) throw new UnreadableXml('what is neither a field nor the end');
  scanner.take(BLANKS);
  if (!scanner.isDone) throw new UnreadableXml('something behind the root');
  return fields;
}

export const cdata = (value: string): string => `<![CDATA[${value.replaceAll(']]>', CDATA_SPLIT)}]]>`;

function scanFields(scanner: Scanner, maxFields: number): Map<string, string> {
  const fields = new Map<string, string>();
  for (;;) {
    scanner.take(BLANKS);
    const name = scanner.take(OPENING);
    if (name === undefined) return fields;
    if (fields.has(name)) throw new UnreadableXml('a field twice');
    if (fields.size === maxFields) throw new UnreadableXml('too many fields');
    fields.set(name, scanValue(scanner));
    if (scanner.take(CLOSING) !== name) throw new UnreadableXml('a field that does not end as it began');
  }
}

function scanValue(scanner: Scanner): string {
  const value = scanner.take(CDATA) === undefined ? scanText(scanner) : scanCdata(scanner);
  if (Buffer.byteLength(value) > MAX_VALUE_BYTES) throw new UnreadableXml('a value too long');
  return value;
}

function scanText(scanner: Scanner): string {
  const text = scanner.until(/(?=<)/g);
  if (text.includes(']]>')) throw new UnreadableXml('the end of no CDATA');
  if (FOREIGN_ENTITY.test(text)) throw new UnreadableXml('an entity but the five');
  return text.replaceAll(ENTITY, (_entity, name: keyof typeof ENTITIES) => ENTITIES[name]);
}

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" } as const;

function scanCdata(scanner: Scanner): string {
  const pieces = scanner.until(CDATA_END).split(CDATA_SPLIT);
  if (pieces.some((piece) => piece.includes(']]>'))) throw new UnreadableXml('CDATA split where it need not be');
  return pieces.join(']]>');
}

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isDone(): boolean {
    return this.#at === this.#text.length;
  }

  /** Steps over a sticky pattern where it fits, and gives the name in it, or all of it. */
  take(pattern: RegExp): string | undefined {
    const match = this.#exec(pattern);
    return match?.[1] ?? match?.[0];
  }

  /** What comes before the pattern; steps over both. */
  until(pattern: RegExp): string {
    const start = this.#at;
    const match = this.#exec(pattern);
    if (!match) throw new UnreadableXml('a value without an end');
    return this.#text.slice(start, match.index);
  }

  #exec(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text) ?? undefined;
    if (match) this.#at = pattern.lastIndex;
    return match;
  }
}
