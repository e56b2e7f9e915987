import type { Comment } from '../../../domain/statement/bill.ts';
import { collected } from '../bills/collected.ts';
import { unreadable } from '../pay-client/outages.ts';
import { LONGEST_ANSWER } from '../pay-client/pay-message.ts';
import type { PayStream } from '../pay-client/pay-stream.ts';
import { readDashedTime } from '../protocol/compact-time.ts';
import { type CommentPage, readCommentText, UnreadableComments } from '../protocol/comment-text.ts';
import { compactTime } from '../protocol/compact-time.ts';
import type { V2Parameters } from './v2-request.ts';
import { openStatement } from './v2-statement-answer.ts';

interface Range {
  readonly begin: Date;
  readonly end: Date;
}

type Ask = (
  parameters: V2Parameters,
  read: (stream: PayStream) => Promise<CommentPage | undefined>,
) => Promise<CommentPage | undefined>;

/** The most that WeChat gives at once; who names no limit is told that the signature is wrong. */
const LIMIT = '200';

/** All pages: each begins where the one before says that it ended, which is not where counting would have led. */
export async function allComments({ begin, end }: Range, ask: Ask): Promise<Comment[]> {
  const range = { begin_time: compactTime(begin), end_time: compactTime(end), limit: LIMIT };
  const comments: Comment[] = [];
  for (let offset = '0'; ;) {
    const page = await ask({ ...range, offset }, readPage);
    if (!page || page.rows.length === 0) return comments;
    for (const row of page.rows) comments.push(commentOf(row));
    if (BigInt(page.offset) <= BigInt(offset)) return comments;
    offset = page.offset;
  }
}

async function readPage(stream: PayStream): Promise<CommentPage | undefined> {
  const answer = await openStatement(stream);
  if (answer.kind === 'empty') return undefined;
  if (answer.kind === 'not-ready') throw unreadable('comments that are being made');
  try {
    const bytes = await collected(answer.bytes, LONGEST_ANSWER);
    return readCommentText(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    if (error instanceof UnreadableComments) throw unreadable(`comments: ${error.message}`);
    throw error instanceof TypeError ? unreadable('comments: UTF-8') : error;
  }
}

function commentOf([time, transactionId, stars, text]: CommentPage['rows'][number]): Comment {
  const at = readDashedTime(time);
  if (!at || !/^[1-5]$/.test(stars)) throw unreadable('a comment that cannot be');
  return { at, transactionId, stars: Number(stars), text };
}
