/** Where a spreadsheet may begin a cell, and finds one that it would calculate or unquote. */
const FORMULA = /[,;\t\r\n](?=[^\S\t\r\n]*[=+\-@"＝＋－＠\t])/g;

/**
 * The same text, with a ' in front of whatever a spreadsheet would calculate.
 * WeChat begins its fields with a back-tick, which makes formulas of none. But it does not quote them, and so a comma in
 * a product's name ends the cell for a spreadsheet: what follows it is what has to be guarded.
 */
export async function* guarded(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let rest = '';
  for await (const chunk of bytes) {
    const text = rest + decoder.decode(chunk, { stream: true });
    // A line end is never in the middle of what has to be seen at once.
    const end = text.lastIndexOf('\n');
    rest = text.slice(Math.max(end, 0));
    if (end > 0) yield guardedText(text.slice(0, end));
  }
  yield guardedText(rest + decoder.decode());
}

export const guardedText = (text: string): string => text.replace(FORMULA, "$&'");
