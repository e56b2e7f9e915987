import { z } from 'zod';
import type { ReadComments } from '../../../application/read-comments.ts';
import type { Comment } from '../../../domain/statement/bill.ts';
import type { CommentJson } from '../answers/comment.ts';
import type { Handler } from '../context.ts';
import { withQuery } from '../json-body.ts';

const time = z.iso
  .datetime({ offset: true, error: 'A time of RFC 3339, like 2026-11-22T18:30:00+08:00; its + is written %2B.' })
  .transform((written) => new Date(written));

const commentsQuery = z
  .strictObject({ begin: time, end: time })
  .refine(({ begin, end }) => begin < end, { path: ['end'], message: 'After begin.' });

/** `GET /v1/merchant/comments?begin=&end=` -> `{comments}`: what payers said about their orders. */
export function readComments(read: ReadComments): Handler {
  return withQuery(commentsQuery, async (ctx, { begin, end }) => {
    const comments = await read.execute(begin, end);
    ctx.body = { comments: comments.map(commentJson) };
  });
}

const commentJson = ({ at, transactionId, stars, text }: Comment): CommentJson => ({
  created_at: at.toISOString(),
  transaction_id: transactionId,
  stars,
  comment: text,
});
