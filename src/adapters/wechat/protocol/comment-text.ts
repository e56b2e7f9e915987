/** Not an answer with comments. The reason is for the log and quotes nothing of them. */
export class UnreadableComments extends Error {
  override readonly name = 'UnreadableComments';
}

export interface CommentPage {
  /** Of the last one; the next page begins behind it. It may be more than a number holds. */
  readonly offset: string;
  /** Time, transaction, stars and text, as they are written. */
  readonly rows: readonly (readonly [time: string, transactionId: string, stars: string, text: string])[];
}

const ROW = /^`(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),`([^,`]*),`([^,`]*),`(.*)$/;

/**
 * Reads a page of comments (订单评价): an offset, and then a line for each. A line that begins otherwise is the next one
 * of the comment before, for people write what they like.
 */
export function readCommentText(text: string): CommentPage {
  const [offset = '', ...lines] = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (!/^\d{1,20}$/.test(offset.trim())) throw new UnreadableComments('no offset');
  const rows: [string, string, string, string][] = [];
  for (const line of lines) {
    const [, time, transactionId, stars, words] = ROW.exec(line) ?? [];
    if (time !== undefined) rows.push([time, transactionId!.trim(), stars!.trim(), words!]);
    else goOn(rows.at(-1), line);
  }
  return {
    offset: offset.trim(),
    rows: rows.map(([time, transactionId, stars, words]) => [time, transactionId, stars, words.trim()]),
  };
}

function goOn(row: [string, string, string, string] | undefined, line: string): void {
  if (row) row[3] += `\n${line}`;
  else if (line.trim() !== '') throw new UnreadableComments('a line of no comment');
}
