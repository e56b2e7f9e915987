import { z } from 'zod';
import { moment } from './moment.ts';

const comment = z
  .strictObject({
    created_at: moment,
    transaction_id: z.string(),
    stars: z.int().describe('1 to 5.'),
    comment: z.string(),
  })
  .meta({ id: 'Comment' });

export type CommentJson = z.input<typeof comment>;

export const comments = z.strictObject({ comments: z.array(comment) }).meta({ id: 'Comments' });
