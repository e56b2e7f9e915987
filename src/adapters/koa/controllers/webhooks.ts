import { z } from 'zod';
import type { AnswerOnce } from '../../../application/answer-once.ts';
import type { EnableWebhooks } from '../../../application/enable-webhooks.ts';
import type { FindWebhook } from '../../../application/find-webhook.ts';
import type { ListWebhooks } from '../../../application/list-webhooks.ts';
import type { ReplayWebhook } from '../../../application/replay-webhook.ts';
import type { ReplayWebhooks } from '../../../application/replay-webhooks.ts';
import { EVENT_ID } from '../../../domain/order/event-log.ts';
import { DELIVERY_STATES } from '../../../domain/webhook/delivery.ts';
import { answeredOnce } from '../answered-once.ts';
import type { Context, Handler } from '../context.ts';
import { withJson, withoutBody, withQuery } from '../json-body.ts';
import { limit } from './page-query.ts';
import { webhookJson } from './webhook-json.ts';

const webhookId = z.string().regex(EVENT_ID, 'The id of an event.');

const listQuery = z.strictObject({
  state: z.enum(DELIVERY_STATES).optional(),
  limit: limit({ most: 200, usual: 50 }),
  after: webhookId.optional().describe('The `next_after` of the page before.'),
});

/** `GET /v1/merchant/webhooks?state=&limit=&after=` -> `{webhooks, next_after, disabled_at}`, oldest first. */
export function listWebhooks(list: ListWebhooks): Handler {
  return withQuery(listQuery, async (ctx, query) => {
    const { deliveries, last, disabledAt } = await list.execute(query);
    ctx.body = {
      webhooks: deliveries.map(webhookJson),
      next_after: last?.id ?? null,
      disabled_at: disabledAt?.toISOString() ?? null,
    };
  });
}

/** `GET /v1/merchant/webhooks/{event_id}` -> webhook. */
export function readWebhook(find: FindWebhook): Handler {
  return withoutBody(async (ctx) => {
    ctx.body = webhookJson(await find.execute(idOf(ctx)));
  });
}

/** `POST /v1/merchant/webhooks/{event_id}/replay` -> webhook, which is sent again soon. */
export function replayWebhook(replay: ReplayWebhook, once: AnswerOnce): Handler {
  return withoutBody((ctx) =>
    answeredOnce(once, ctx, null, async () => ({ status: 200, body: webhookJson(await replay.execute(idOf(ctx))) })),
  );
}

const rangeBody = z.strictObject({
  from: webhookId,
  to: webhookId,
  state: z.enum(['dead', 'delivered']).default('dead'),
});

/** `POST /v1/merchant/webhooks/replay`: `{from, to, state?}` -> `{replayed, next_from}`. */
export function replayWebhooks(replay: ReplayWebhooks, once: AnswerOnce): Handler {
  return withJson(rangeBody, (ctx, range) =>
    answeredOnce(once, ctx, range, async () => {
      const { count, next } = await replay.execute(range);
      return { status: 200, body: { replayed: count, next_from: next ?? null } };
    }),
  );
}

/** `POST /v1/merchant/webhooks/enable` -> `{disabled_at: null}`. */
export function enableWebhooks(enable: EnableWebhooks, once: AnswerOnce): Handler {
  return withoutBody((ctx) =>
    answeredOnce(once, ctx, null, async () => {
      await enable.execute();
      return { status: 200, body: { disabled_at: null } };
    }),
  );
}

const idOf = (ctx: Context): string => String(ctx.params.event_id);
