const PIECE = 32 * 1024;

interface Shape<Row, End> {
  readonly rowOf: (row: Row) => object;
  /** What is told of the rows behind them. */
  readonly tailOf: (end: End) => object;
}

/** `{…head, "rows": […], …tail}`, in pieces, while the rows are still coming. */
export async function* rowsJson<Row, End>(
  head: object,
  rows: AsyncGenerator<Row, End>,
  { rowOf, tailOf }: Shape<Row, End>,
): AsyncGenerator<string> {
  let piece = `${JSON.stringify(head).slice(0, -1)},"rows":[`;
  let separator = '\n';
  try {
    for (;;) {
      const next = await rows.next();
      if (next.done) return yield `${piece}\n],${JSON.stringify(tailOf(next.value)).slice(1)}\n`;
      piece += separator + JSON.stringify(rowOf(next.value));
      separator = ',\n';
      if (piece.length < PIECE) continue;
      yield piece;
      piece = '';
    }
  } finally {
    // Nobody wants the rest where we were stopped.
    await rows.return(undefined as End);
  }
}
