import { XMLParser } from 'fast-xml-parser';
import { cdata, type FlatRoot, scanFlatXml } from './flat-xml-grammar.ts';
import { UnreadableXml } from './unreadable-xml.ts';

export { UnreadableXml } from './unreadable-xml.ts';

export interface FlatXmlLimits {
  /** A notice's 32 KiB unless told otherwise. */
  readonly maxBytes?: number;
  /** A notice's 200 unless told otherwise. */
  readonly maxFields?: number;
}

const NOTICE_BYTES = 32 * 1_024;
const NOTICE_FIELDS = 200;

/**
 * Reads a v2 message: one root, fields of text or CDATA, nothing else. Throws UnreadableXml for anything else.
 * The grammar is checked first and the parser reads then; a message that the two understand differently is refused.
 * Values are strings and are what the bytes say: never trimmed, carriage returns kept, as signatures are over them.
 */
export function readFlatXml(
  bytes: Uint8Array,
  root: FlatRoot = 'xml',
  { maxBytes = NOTICE_BYTES, maxFields = NOTICE_FIELDS }: FlatXmlLimits = {},
): ReadonlyMap<string, string> {
  if (bytes.byteLength > maxBytes) throw new UnreadableXml('too long');
  const text = utf8(bytes);
  const expected = scanFlatXml(text, root, maxFields);
  const fields = parse(text, root);
  const read = new Map(fields);
  const agreed = fields.length === expected.size && [...expected].every(([name, value]) => read.get(name) === value);
  if (!agreed) throw new UnreadableXml('two readings');
  return read;
}

/** Every value in CDATA, no blanks between the tags: to the letter what WeChat shows as the answer to a notice. */
export function writeFlatXml(fields: Iterable<readonly [string, string]>): string {
  const elements = Array.from(fields, ([name, value]) => `<${name}>${cdata(value)}</${name}>`);
  return `<xml>${elements.join('')}</xml>`;
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new UnreadableXml('UTF-8');
  }
}

/** One element or one run of text, by its name. */
type Part = Record<string, readonly Part[] | string>;

const TEXT = '#text';

const parser = new XMLParser({
  // Neither objects keyed by the sender's names, nor repeated fields made into lists.
  preserveOrder: true,
  textNodeName: TEXT,
  parseTagValue: false,
  trimValues: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  processEntities: true,
  maxNestedTags: 2,
  // Else `toString` would be read as `__toString`.
  onDangerousProperty: (name) => name,
});

/** The parser turns carriage returns into line feeds, so they pass it in the guise of what no XML may hold. */
const RETURN = { is: '\r', guise: '\u0001' } as const;

function parse(text: string, root: FlatRoot): [string, string][] {
  const elements = elementsIn(parts(text.replaceAll(RETURN.is, RETURN.guise)));
  const fields = elementsIn(elements.find(([name]) => name === root)?.[1] ?? []);
  return fields.map(([name, content]) => [name, textOf(content).replaceAll(RETURN.guise, RETURN.is)]);
}

function parts(text: string): readonly Part[] {
  try {
    return parser.parse(text) as Part[];
  } catch {
    throw new UnreadableXml('the parser refuses it');
  }
}

const elementsIn = (parts: readonly Part[]): [string, readonly Part[]][] =>
  parts.flatMap((part) => Object.entries(part)).filter((entry): entry is [string, Part[]] => entry[0] !== TEXT);

const textOf = (parts: readonly Part[]): string =>
  parts.map(({ [TEXT]: text }) => (typeof text === 'string' ? text : '')).join('');
