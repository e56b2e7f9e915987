import { XMLParser } from 'fast-xml-parser';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readFen } from '../../src/adapters/wechat/protocol/fen-text.ts';
import { readFlatXml, UnreadableXml, writeFlatXml } from '../../src/adapters/wechat/protocol/flat-xml.ts';
import { type Bytes, LEGAL, REFUSED } from '../support/flat-xml-cases.ts';
import xmlVectors from '../vectors/v2-xml.json' with { type: 'json' };

interface Vector {
  readonly name: string;
  readonly op: string;
  readonly inputs: { readonly xml?: string; readonly object?: Record<string, string> };
  readonly expected: {
    readonly error?: boolean;
    readonly root?: string;
    readonly value?: unknown;
    readonly xml?: string;
  };
}

const vectors = xmlVectors.vectors as Vector[];
const bytes = (body: Bytes): Uint8Array => (typeof body === 'string' ? Buffer.from(body) : body);
const read = (body: Bytes, root: 'xml' | 'root' = 'xml') => [...readFlatXml(bytes(body), root)];

afterEach(() => vi.restoreAllMocks());

/** Well-formed, and yet no v2 message that we deal in: another root, nesting, repeated fields, comments. */
const STRICTER = [
  'official-php-fragment-injection',
  'wxjava-redpack-query-1',
  'declaration-bom-comment',
  'nested-and-repeated',
  'duplicate-element-is-visible',
];

const RUN: Record<string, (vector: Vector) => void> = {
  'xml.parse': ({ name, inputs: { xml = '' }, expected: { error, root, value } }) => {
    const parse = () => read(xml, root === 'root' ? root : 'xml');
    if (error === true || STRICTER.includes(name)) expect(parse).toThrow(UnreadableXml);
    else expect(parse()).toEqual(Object.entries(value === '' ? {} : (value as Record<string, string>)));
  },
  'xml.build-flat': ({ inputs: { object = {} }, expected }) => {
    expect(writeFlatXml(Object.entries(object))).toBe(expected.xml);
  },
};

describe('published vectors: v2-xml', () => {
  it.each(vectors.map((vector) => [vector.name, vector] as const))('%s', (_name, vector) => {
    const run = RUN[vector.op];
    if (!run) throw new Error(`nobody runs ${vector.op}`);
    run(vector);
  });

  it('are 34, and we are stricter than five of them', () => {
    expect(vectors).toHaveLength(34);
    const lenient = vectors.filter(({ expected }) => expected.error !== true).map(({ name }) => name);
    expect(lenient).toEqual(expect.arrayContaining(STRICTER));
  });
});

describe('a v2 message', () => {
  it('has cases enough, each under its own name', () => {
    expect(LEGAL.length).toBeGreaterThanOrEqual(40);
    expect(LEGAL.length + REFUSED.length).toBeGreaterThanOrEqual(300);
    for (const cases of [LEGAL, REFUSED]) expect(new Set(cases.map(([name]) => name)).size).toBe(cases.length);
  });

  it.each(LEGAL)('is read with %s', (_name, body, fields) => {
    expect(read(body)).toEqual(Object.entries(fields));
  });

  it.each(REFUSED)('is refused: %s', (_name, body) => {
    expect(() => read(body)).toThrow(UnreadableXml);
  });

  it('has the root that the reader was told', () => {
    expect(read('<root><a>1</a></root>', 'root')).toEqual([['a', '1']]);
    expect(() => read('<xml><a>1</a></xml>', 'root')).toThrow(UnreadableXml);
    expect(() => read('<root><a>1</a></xml>', 'root')).toThrow(UnreadableXml);
  });

  it('may be as long as the reader was told', () => {
    const long = Buffer.from(writeFlatXml(Array.from({ length: 200 }, (_, index) => [`f${index}`, '&'.repeat(5_000)])));
    expect(() => readFlatXml(long)).toThrow(UnreadableXml);
    expect(readFlatXml(long, 'xml', { maxBytes: long.length }).size).toBe(200);
    expect(() => readFlatXml(long, 'xml', { maxBytes: long.length - 1 })).toThrow(UnreadableXml);
  });

  it('of 1 MiB may consist of entities', () => {
    const elements = Array.from({ length: 200 }, (_, index) => `<f${index}>${'&amp;'.repeat(1_000)}</f${index}>`);
    const fields = readFlatXml(Buffer.from(`<xml>${elements.join('')}</xml>`), 'xml', { maxBytes: 1_048_576 });
    expect([...fields.values()]).toEqual(Array.from({ length: 200 }, () => '&'.repeat(1_000)));
  });

  it('is not quoted when it is refused', () => {
    const refuse = () => read('<xml><openid>o-secret</openid><openid>o-secret</openid></xml>');
    expect(refuse).toThrow(UnreadableXml);
    expect(refuse).not.toThrow(/secret|openid/);
  });

  it('leaves nothing behind on what all objects share', () => {
    const before = Object.getOwnPropertyNames(Object.prototype);
    for (const [, body] of [...LEGAL, ...REFUSED]) attempt(() => read(body));
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('the parser behind the grammar', () => {
  const parsedAs = (answer: unknown) => vi.spyOn(XMLParser.prototype, 'parse').mockReturnValue(answer);
  const body = '<xml><a>1</a><b>2</b></xml>';
  const element = (name: string, text: string) => ({ [name]: [{ '#text': text }] });

  it('is what reads the values', () => {
    const parse = parsedAs([{ xml: [element('a', '1'), { '#text': '\n' }, element('b', '2')] }]);
    expect(read(body)).toEqual([
      ['a', '1'],
      ['b', '2'],
    ]);
    expect(parse).toHaveBeenCalledOnce();
  });

  it.each([
    ['another value', [{ xml: [element('a', '1'), element('b', '3')] }]],
    ['another name', [{ xml: [element('a', '1'), element('c', '2')] }]],
    ['a field less', [{ xml: [element('a', '1')] }]],
    ['a field more', [{ xml: [element('a', '1'), element('b', '2'), element('c', '')] }]],
    ['a field twice', [{ xml: [element('a', '1'), element('b', '2'), element('b', '2')] }]],
    ['one field twice and none of the other', [{ xml: [element('a', '1'), element('a', '1')] }]],
    ['a nested field', [{ xml: [element('a', '1'), { b: [element('c', '2')] }] }]],
    ['another root', [{ root: [element('a', '1'), element('b', '2')] }]],
    ['nothing', []],
  ])('is not believed alone: %s', (_what, answer) => {
    parsedAs(answer);
    expect(() => read(body)).toThrow(UnreadableXml);
  });

  it('may refuse what the grammar allows', () => {
    vi.spyOn(XMLParser.prototype, 'parse').mockImplementation(() => {
      throw new Error('1 is a secret');
    });
    expect(() => read(body)).toThrow(new UnreadableXml('the parser refuses it'));
  });

  it('does not see what the grammar refuses', () => {
    const parse = vi.spyOn(XMLParser.prototype, 'parse');
    for (const [, refused] of REFUSED) attempt(() => read(refused));
    expect(parse).not.toHaveBeenCalled();
  });
});

const LETTER = fc.oneof(
  fc
    .string({ unit: 'binary', minLength: 1, maxLength: 1 })
    .filter((c) => /[\t\n\r -\ufffd\u{10000}-\u{10ffff}]/u.test(c)),
  fc.constantFrom(
    ']',
    '>',
    '<',
    '&',
    ']]>',
    '<![CDATA[',
    ']]]]><![CDATA[>',
    '&lt;',
    '\r',
    '\n',
    '\r\n',
    ' ',
    '支',
    '🧋',
  ),
);
const VALUE = fc.string({ unit: LETTER, maxLength: 40 });
const NAME = fc
  .stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/)
  .filter((name) => !/^(__proto__|constructor|prototype)$/.test(name));
const FIELDS = fc.uniqueArray(fc.tuple(NAME, VALUE), { selector: ([name]) => name, maxLength: 20 });

describe('what is written', () => {
  it('is read back, to the letter and in its order', () => {
    fc.assert(
      fc.property(FIELDS, (fields) => {
        expect(read(writeFlatXml(fields))).toEqual(fields);
      }),
      { numRuns: 2_000 },
    );
  });

  it('may also be written as text, with entities', () => {
    const escape = (value: string) => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
    fc.assert(
      fc.property(FIELDS, (fields) => {
        const elements = fields.map(([name, value]) => `<${name}>${escape(value)}</${name}>\r\n`);
        expect(read(`<xml>${elements.join('')}</xml>`)).toEqual(fields);
      }),
      { numRuns: 1_000 },
    );
  });

  it('may come from a map', () => {
    expect(writeFlatXml(new Map([['a', 'x]]>y']]))).toBe('<xml><a><![CDATA[x]]]]><![CDATA[>y]]></a></xml>');
    expect(writeFlatXml([])).toBe('<xml></xml>');
  });
});

const SHARDS = '<xml> </xml> <a> </a> <b> </b> <![CDATA[ ]]> ]] > < & &amp; &#49; 1 <!-- --> <!DOCTYPE [ / " 支'
  .split(' ')
  .concat(' ', '\r\n', '\0', '\ufeff', '<?xml version="1.0"?>');

describe('whatever bytes come', () => {
  it('are read or refused, and nothing else happens', () => {
    const shard = fc.constantFrom(...SHARDS);
    let legal = 0;
    fc.assert(
      fc.property(fc.array(shard, { maxLength: 8 }), fc.boolean(), (shards, wrapped) => {
        const text = wrapped ? `<xml><a>${shards.join('')}</a></xml>` : shards.join('');
        const fields = attempt(() => readFlatXml(Buffer.from(text)));
        if (!fields) return;
        legal += 1;
        expect(readFlatXml(Buffer.from(writeFlatXml(fields)))).toEqual(fields);
      }),
      { numRuns: 5_000 },
    );
    expect(legal).toBeGreaterThan(50);
  });
});

describe('fen', () => {
  it.each([
    ['0', 0],
    ['1', 1],
    ['100', 100],
    ['1000000000', 1_000_000_000],
    ['9999999999', 9_999_999_999],
  ])('reads %s', (text, fen) => expect(readFen(text)).toBe(fen));

  it.each(['', ' ', '00', '01', '-1', '+1', '1.0', '1.', '1e3', '0x1', ' 1', '1 ', '1\n', '١', '１', '1_000', '1,000'])(
    'refuses %j',
    (text) => expect(readFen(text)).toBeUndefined(),
  );

  it.each(['10000000000', 'NaN', 'Infinity', undefined])('refuses %s', (text) => {
    expect(readFen(text)).toBeUndefined();
  });
});

/** Undefined when it was refused as unreadable; any other error is a fault. */
function attempt<Answer>(read: () => Answer): Answer | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnreadableXml) return undefined;
    throw error;
  }
}
