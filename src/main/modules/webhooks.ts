import { eventJson } from '../../adapters/koa/controllers/event-json.ts';
import { chance as dice } from '../../adapters/system/chance.ts';
import { pause } from '../../adapters/system/pause.ts';
import { StandardWebhooks, type Tell } from '../../adapters/webhook/standard-webhooks.ts';
import { DeliverDue } from '../../application/deliver-due.ts';
import { EnableWebhooks } from '../../application/enable-webhooks.ts';
import { FindWebhook } from '../../application/find-webhook.ts';
import { ListWebhooks } from '../../application/list-webhooks.ts';
import type { ReadEvents } from '../../application/read-events.ts';
import { ReplayWebhook } from '../../application/replay-webhook.ts';
import { ReplayWebhooks } from '../../application/replay-webhooks.ts';
import { TakeUpEvents } from '../../application/take-up-events.ts';
import { WaitForEvents } from '../../application/wait-for-events.ts';
import { moduleOf } from '../container.ts';
import { TOKENS as T } from '../tokens.ts';

const { chance, clock, events, findWebhook, replayWebhook, webhooks, webhookSender: sender } = T;

type Page = Parameters<ReadEvents['execute']>;

/** How merchants hear of everything: told, or by asking. */
export const webhooksModule = moduleOf((bind) => {
  bind.value(chance, dice);
  bind.value(T.pause, pause);
  bind.made(sender, { config: T.config }, ({ config }) =>
    config.webhooks ? new StandardWebhooks(config.webhooks, tell) : null,
  );
  bind.built(T.takeUpEvents, TakeUpEvents, { clock, events, webhooks });
  bind.built(T.deliverDue, DeliverDue, { chance, clock, events, pause: T.pause, sender, webhooks });
  bind.built(T.listWebhooks, ListWebhooks, { webhooks });
  bind.built(findWebhook, FindWebhook, { webhooks });
  bind.built(replayWebhook, ReplayWebhook, { clock, findWebhook, sender, webhooks });
  bind.built(T.replayWebhooks, ReplayWebhooks, { clock, replayWebhook, sender, webhooks });
  bind.built(T.enableWebhooks, EnableWebhooks, { sender, webhooks });
  // Each look waits for the storage as long as a request may: those of half a minute together would be cut off.
  const forWaiting = { budget: T.budget, clock, pause: T.pause, read: T.readEvents };
  bind.made(T.waitForEvents, forWaiting, ({ budget, read, ...needs }) => {
    const readEvents = { execute: (...asked: Page) => budget.run(() => read.execute(...asked)) };
    return new WaitForEvents({ ...needs, readEvents });
  });
});

/** In the words of `GET /v1/merchant/events`, so that a merchant who hears both ways reads them with the same eyes. */
export const tell: Tell = (event) => {
  const { id: _id, type, created_at: timestamp, data, ...order } = eventJson(event);
  return { type, timestamp, data: { ...data, ...order } };
};
