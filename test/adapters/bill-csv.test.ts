import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BillReader,
  type BillCells,
  splitBillRow,
  UnreadableBill,
} from '../../src/adapters/wechat/protocol/bill-csv.ts';
import { readDashedTime as readBillTime } from '../../src/adapters/wechat/protocol/compact-time.ts';
import { readCommentText, UnreadableComments } from '../../src/adapters/wechat/protocol/comment-text.ts';
import { readYuan, readYuanAsFen, writeYuan, YuanSum } from '../../src/adapters/wechat/protocol/yuan.ts';
import billsFile from '../vectors/bills.json' with { type: 'json' };

interface Vector {
  readonly name: string;
  readonly op: string;
  readonly inputs: {
    readonly text?: string;
    readonly line?: string;
    readonly yuan?: string;
    readonly algorithm?: string;
    readonly sumColumns?: readonly string[];
  };
  readonly expected: Readonly<Record<string, unknown>> & { readonly error?: true };
}

const vectors = billsFile.vectors as unknown as Vector[];

function parse(...pieces: readonly Uint8Array[]) {
  const reader = new BillReader();
  const rows = pieces.flatMap((piece) => reader.read(piece));
  const summary = reader.end();
  return { header: reader.columns, rows, summary };
}

const parseText = (text: string) => parse(Buffer.from(text));

function sumOf(rows: readonly BillCells[], place: number): number {
  const sum = new YuanSum();
  for (const row of rows) sum.add(readYuan(row[place]!)!);
  return Number(sum.total);
}

const RUN: Record<string, (vector: Vector) => void> = {
  'bill.parse': ({ inputs: { text = '', sumColumns = [] }, expected }) => {
    if (expected.error) return expect(() => parseText(text)).toThrow(UnreadableBill);
    const { header, rows, summary } = parseText(text);
    const columnSums1e5 = Object.fromEntries(sumColumns.map((name) => [name, sumOf(rows, header.indexOf(name))]));
    const firstRow = rows[0] ?? null;
    const lastRow = rows.at(-1) ?? null;
    const read = { header, rowCount: rows.length, firstRow, lastRow, summary: Object.fromEntries(summary) };
    expect({ ...read, columnSums1e5 }).toEqual(expected);
  },
  'bill.split-row': ({ inputs: { line = '' }, expected }) => {
    expect(splitBillRow(line)).toEqual(expected.fields);
  },
  'bill.yuan-to-fen': ({ inputs: { yuan = '' }, expected }) => {
    expect(readYuanAsFen(yuan)).toBe(expected.error ? undefined : expected.fen);
  },
  'bill.hash': ({ inputs: { text = '', algorithm = '' }, expected }) => {
    expect(createHash(algorithm).update(text).digest('hex')).toBe(expected.hash);
  },
  'comment.parse': ({ inputs: { text = '' }, expected }) => {
    if (expected.error) return expect(() => readCommentText(text)).toThrow(UnreadableComments);
    expect(readCommentText(text)).toEqual(expected);
  },
};

describe('the published vectors', () => {
  it.each(vectors)('$op: $name', (vector) => {
    const run = RUN[vector.op];
    if (!run) throw new Error(`nobody runs ${vector.op}`);
    run(vector);
  });
});

const HEADING = '交易时间,商户订单号,商品名称,商户数据包,订单金额';
const SUMS = '总交易单数,订单总金额\n`2,`3.00\n';
const ROWS = [
  '`2026-11-21 10:00:00,`coffee-0001,`拿铁,大杯,`,`1.00',
  '`2026-11-21 11:00:00,`coffee-0002,`茶🍵,`7,`2.00',
];
const BILL = [HEADING, ...ROWS, SUMS].join('\n');

const word = fc
  .string({ unit: 'binary', maxLength: 12 })
  .filter((text) => text.isWellFormed() && !/[\r\n]/.test(text) && !text.includes(',`') && !text.endsWith(','));

describe('a bill', () => {
  it('reads the same however its bytes are cut', () => {
    const rows = fc.array(fc.tuple(word, word, word, word, word), { maxLength: 8 });
    const ending = fc.constantFrom('\n', '\r\n');
    const cuts = fc.array(fc.nat(400), { maxLength: 30 });
    fc.assert(
      fc.property(rows, ending, fc.boolean(), cuts, (rows, end, bom, cuts) => {
        const lines = [
          HEADING,
          ...rows.map((cells) => cells.map((cell) => `\`${cell}`).join(',')),
          ...SUMS.split('\n'),
        ];
        const bytes = Buffer.from((bom ? '\uFEFF' : '') + lines.join(end));
        const places = [0, ...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b), bytes.length];
        const pieces = places.slice(1).map((place, index) => bytes.subarray(places[index], place));
        expect(parse(...pieces).rows).toEqual(rows);
        expect(parse(...Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(parse(...pieces));
      }),
    );
  });

  it('is refused wherever it is cut off before its last field', () => {
    const bytes = Buffer.from(BILL);
    const end = bytes.lastIndexOf('`');
    for (let length = 0; length < end; length += 1)
      expect(() => parse(bytes.subarray(0, length)), `after ${length} bytes`).toThrow(UnreadableBill);
    expect(parse(bytes).rows).toHaveLength(2);
  });

  it.each([
    ['bytes that are no UTF-8', Buffer.concat([Buffer.from(BILL), Buffer.of(0xff)])],
    ['half a character at its end', Buffer.concat([Buffer.from(BILL), Buffer.from('茶').subarray(0, 2)])],
    ['a row before any heading', Buffer.from(`${ROWS[0]}\n${BILL}`)],
    ['a row that is too short', Buffer.from(BILL.replace(',`7', ''))],
    ['sums of another length', Buffer.from(BILL.replace('`2,`3.00', '`2'))],
    ['a second row of sums', Buffer.from(`${BILL}\`2,\`3.00\n`)],
    ['a row behind its sums', Buffer.from(BILL + ROWS[0])],
    ['another bill behind it', Buffer.from(BILL + BILL)],
    ['a column twice', Buffer.from(BILL.replace('商户数据包', '商品名称'))],
    ['a line without an end', Buffer.from(`${HEADING}\n\`${'x'.repeat(70_000)}`)],
    ['a page of HTML', Buffer.from('<html><body>502</body></html>')],
  ])('is refused with %s', (_what, bytes) => {
    expect(() => parse(bytes)).toThrow(UnreadableBill);
  });

  it('keeps every field in its place, whatever a product is called', () => {
    const name = '茶,`0.00,`100.00,`';
    const { rows } = parseText(BILL.replace('拿铁,大杯', name));
    expect(rows[0]).toEqual(['2026-11-21 10:00:00', 'coffee-0001', '茶,`0.00,`100.00,`', '', '1.00']);
  });
});

describe('yuan', () => {
  it('are read to the last place', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), fc.nat(3), (units, zeros) => {
        expect(readYuan(writeYuan(units) + '0'.repeat(zeros))).toBe(Number(units));
      }),
    );
  });

  it.each([
    '',
    ' ',
    '1.',
    '.5',
    '-',
    '--1',
    '+1',
    '01',
    '1e3',
    '1,000.00',
    '￥1',
    '0.000001',
    '１',
    '1.5 ',
    '0x1',
    'NaN',
  ])('are not %j', (text) => {
    expect(readYuan(text)).toBeUndefined();
  });

  it.each([
    ['90071992547.40991', 9_007_199_254_740_991],
    ['90071992547.40992', undefined],
    ['99999999999999999999', undefined],
    ['-0.00', 0],
    ['1.005', 100_500],
  ])('%s come to %s units', (text, units) => {
    expect(readYuan(text)).toBe(units);
  });

  it('add up exactly, however many', () => {
    fc.assert(
      fc.property(fc.array(fc.maxSafeInteger(), { maxLength: 40 }), (amounts) => {
        const sum = new YuanSum();
        for (const amount of amounts) sum.add(amount);
        expect(sum.total).toBe(amounts.reduce((total, amount) => total + BigInt(amount), 0n));
      }),
    );
  });

  it.each([
    [0n, '0.00'],
    [47_000n, '0.47'],
    [-2_000n, '-0.02'],
    [6_060n, '0.0606'],
    [100_000_000_000_000_001n, '1000000000000.00001'],
  ])('%s units are written %s', (units, text) => {
    expect(writeYuan(units)).toBe(text);
  });
});

describe('the times of a bill', () => {
  it.each([
    ['2019-02-19 05:01:46', '2019-02-18T21:01:46.000Z'],
    ['2026-11-22 00:00:00', '2026-11-21T16:00:00.000Z'],
  ])('%s is %s', (text, iso) => {
    expect(readBillTime(text)?.toISOString()).toBe(iso);
  });

  it.each(['2019-02-30 05:01:46', '2019-02-19 24:00:00', '2019-2-19 05:01:46', '2019-02-19T05:01:46', '0', ''])(
    '%j is none',
    (text) => {
      expect(readBillTime(text)).toBeUndefined();
    },
  );
});

describe('comments', () => {
  it('keep their commas, back-ticks and lines', () => {
    const text = '7\r\n`2026-11-21 10:00:00,` 4200001,`4,`好,`但是\n有点贵\n';
    expect(readCommentText(text)).toEqual({
      offset: '7',
      rows: [['2026-11-21 10:00:00', '4200001', '4', '好,`但是\n有点贵']],
    });
  });

  it.each(['', 'OK', '-1\n', '1\nhello', '100000000000000000000000'])('are not %j', (text) => {
    expect(() => readCommentText(text)).toThrow(UnreadableComments);
  });
});
