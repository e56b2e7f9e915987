import type Router from '@koa/router';
import type { AnswerOnce } from '../../application/answer-once.ts';
import type { EnableWebhooks } from '../../application/enable-webhooks.ts';
import type { FindWebhook } from '../../application/find-webhook.ts';
import type { ListWebhooks } from '../../application/list-webhooks.ts';
import type { ReadEvents } from '../../application/read-events.ts';
import type { ReplayWebhook } from '../../application/replay-webhook.ts';
import type { ReplayWebhooks } from '../../application/replay-webhooks.ts';
import type { WaitForEvents } from '../../application/wait-for-events.ts';
import type { Middleware, State } from './context.ts';
import { readEvents } from './controllers/events.ts';
import { enableWebhooks, listWebhooks, readWebhook, replayWebhook, replayWebhooks } from './controllers/webhooks.ts';
import { waitingUpTo } from './guards/waiting-up-to.ts';

export interface WebhookRouteNeeds {
  readonly answerOnce: AnswerOnce;
  readonly enableWebhooks: EnableWebhooks;
  readonly findWebhook: FindWebhook;
  readonly listWebhooks: ListWebhooks;
  readonly readEvents: ReadEvents;
  readonly replayWebhook: ReplayWebhook;
  readonly replayWebhooks: ReplayWebhooks;
  readonly waitForEvents: WaitForEvents;
}

/** How many may wait for the next event at once. */
const MOST_WAITING = 50;

/** Every path on which a merchant hears of events, or sees to it that it is told of them. */
export function serveWebhooks(router: Router<State>, backend: Middleware, needs: WebhookRouteNeeds): void {
  const { answerOnce } = needs;
  router.get('/v1/merchant/events', backend, waitingUpTo(MOST_WAITING), readEvents(needs));
  router.get('/v1/merchant/webhooks', backend, listWebhooks(needs.listWebhooks));
  router.get('/v1/merchant/webhooks/:event_id', backend, readWebhook(needs.findWebhook));
  router.post('/v1/merchant/webhooks/:event_id/replay', backend, replayWebhook(needs.replayWebhook, answerOnce));
  router.post('/v1/merchant/webhooks/replay', backend, replayWebhooks(needs.replayWebhooks, answerOnce));
  router.post('/v1/merchant/webhooks/enable', backend, enableWebhooks(needs.enableWebhooks, answerOnce));
}
