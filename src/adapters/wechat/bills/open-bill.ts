import type { Bill, BillTotals } from '../../../domain/statement/bill.ts';
import { unreadable } from '../pay-client/outages.ts';
import { BillReader, UnreadableBill } from '../protocol/bill-csv.ts';
import type { BillTable } from './bill-table.ts';

export type TableMaker<Row> = (columns: readonly string[]) => BillTable<Row>;

/** The bill in these bytes, unpacked. However it is read, it is compared with its own sums on the way. */
export function openBill<Row>(bytes: AsyncIterable<Uint8Array>, tableFor: TableMaker<Row>): Bill<Row> {
  return { bytes: wholeBytes(bytes, tableFor), rows: () => rowsIn(bytes, tableFor) };
}

async function* rowsIn<Row>(
  bytes: AsyncIterable<Uint8Array>,
  tableFor: TableMaker<Row>,
): AsyncGenerator<Row, BillTotals> {
  const audit = new Audit(tableFor);
  // One by one: to hand an array on as a whole takes an async generator several times as long.
  for await (const chunk of bytes) for (const row of audit.read(chunk)) yield row;
  return audit.end();
}

async function* wholeBytes<Row>(
  bytes: AsyncIterable<Uint8Array>,
  tableFor: TableMaker<Row>,
): AsyncGenerator<Uint8Array> {
  const audit = new Audit(tableFor);
  for await (const chunk of bytes) {
    audit.read(chunk);
    yield chunk;
  }
  audit.end();
}

class Audit<Row> {
  readonly #reader = new BillReader();
  readonly #tableFor: TableMaker<Row>;
  #table: BillTable<Row> | undefined;

  constructor(tableFor: TableMaker<Row>) {
    this.#tableFor = tableFor;
  }

  read(chunk: Uint8Array): Row[] {
    return understood(() => this.#reader.read(chunk).map((cells) => this.#openTable().row(cells)));
  }

  end(): BillTotals {
    return understood(() => {
      const summary = this.#reader.end();
      return this.#openTable().totals(summary);
    });
  }

  #openTable(): BillTable<Row> {
    return (this.#table ??= this.#tableFor(this.#reader.columns));
  }
}

function understood<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw error instanceof UnreadableBill ? unreadable(`bill: ${error.message}`) : error;
  }
}
