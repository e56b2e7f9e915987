/** Not a whole bill. The reason is for the log and quotes nothing of the bill. */
export class UnreadableBill extends Error {
  override readonly name = 'UnreadableBill';
}

/** The fields of one line, by their places. */
export type BillCells = readonly string[];

/** The sums under a bill, by WeChat's names of them. */
export type BillSummary = ReadonlyMap<string, string>;

/** Fields that merchants fill in as they like: only in these can there be something that looks like the end of a field. */
const FREE_TEXT = new Set(['商品名称', '商户数据包', '备注']);

const LONGEST_LINE = 64 * 1024;

/** The fields of a row: each begins with a back-tick, and a comma that none follows belongs to the text. */
export const splitBillRow = (line: string): string[] => line.slice(1).split(',`');

/**
 * Reads a bill (账单) as its bytes come, however they are cut, and keeps no more of them than the line it is in.
 * Two tables follow each other: a heading and rows, and a heading of sums and one row of them. Throws UnreadableBill for
 * anything else.
 */
export class BillReader {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  #rest = '';
  #columns: readonly string[] | undefined;
  #sums: readonly string[] | undefined;
  #summary: BillSummary | undefined;

  /** The names of the columns, once the heading was read: layouts differ in their order and number. */
  get columns(): readonly string[] {
    return this.#columns ?? [];
  }

  /** Answers the rows that end in these bytes. */
  read(bytes: Uint8Array): BillCells[] {
    return this.#lines(this.#decode(bytes));
  }

  /** Answers the sums. Throws UnreadableBill where the bill ends before them. */
  end(): BillSummary {
    this.#lines(`${this.#decode()}\n`);
    if (!this.#summary) throw new UnreadableBill('it ends before its sums');
    return this.#summary;
  }

  #decode(bytes?: Uint8Array): string {
    try {
      return this.#decoder.decode(bytes, { stream: bytes !== undefined });
    } catch {
      throw new UnreadableBill('UTF-8');
    }
  }

  #lines(more: string): BillCells[] {
    const text = this.#rest + more;
    const rows: BillCells[] = [];
    let from = 0;
    for (let to = text.indexOf('\n'); to !== -1; to = text.indexOf('\n', from)) {
      const row = this.#line(text.slice(from, text[to - 1] === '\r' && to > from ? to - 1 : to));
      if (row) rows.push(row);
      from = to + 1;
    }
    this.#rest = text.slice(from);
    if (this.#rest.length > LONGEST_LINE) throw new UnreadableBill('an endless line');
    return rows;
  }

  #line(line: string): BillCells | undefined {
    if (line === '') return undefined;
    if (!line.startsWith('`')) return this.#heading(line.split(','));
    if (this.#summary) throw new UnreadableBill('more behind the sums');
    if (this.#sums) return this.#sumUp(this.#sums, splitBillRow(line));
    if (!this.#columns) throw new UnreadableBill('no heading');
    return fitted(splitBillRow(line), this.#columns);
  }

  #heading(names: readonly string[]): undefined {
    if (this.#sums) throw new UnreadableBill('a third heading');
    if (names.length < 2 || new Set(names).size < names.length) throw new UnreadableBill('a heading of no table');
    if (this.#columns) this.#sums = names;
    else this.#columns = names;
  }

  #sumUp(names: readonly string[], cells: BillCells): undefined {
    if (cells.length !== names.length) throw new UnreadableBill('sums of another length');
    this.#summary = new Map(names.map((name, place) => [name, cells[place]!]));
  }
}

/** What is too much belongs to the free text: in front of it and behind it, every field is in its place all the same. */
function fitted(cells: string[], columns: readonly string[]): BillCells {
  const surplus = cells.length - columns.length;
  if (surplus === 0) return cells;
  const place = columns.findIndex((name) => FREE_TEXT.has(name));
  if (surplus < 0 || place === -1) throw new UnreadableBill('a row of another length');
  return [
    ...cells.slice(0, place),
    cells.slice(place, place + surplus + 1).join(',`'),
    ...cells.slice(place + surplus + 1),
  ];
}
