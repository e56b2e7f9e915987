import { eventId, placeInLog, placeOf } from '../domain/order/event-log.ts';
import type { DeliveryState } from '../domain/webhook/delivery.ts';
import { WebhooksOff } from '../domain/webhook/webhook-refusals.ts';
import type { WebhookRepository } from '../domain/webhook/webhook-repository.ts';
import type { WebhookSender } from '../domain/webhook/webhook-sender.ts';
import type { ReplayWebhook } from './replay-webhook.ts';

interface Needs {
  readonly webhooks: WebhookRepository;
  readonly replayWebhook: ReplayWebhook;
  readonly sender: WebhookSender | null;
}

export interface ReplayRange {
  readonly state: Exclude<DeliveryState, 'waiting'>;
  /** The first and the last id, both included. */
  readonly from: string;
  readonly to: string;
}

export interface Replayed {
  readonly count: number;
  /** Where to go on; undefined where all of the range is done. */
  readonly next: string | undefined;
}

/** As many as one call replays, so that it has an end. */
const MOST = 500;

/** Has a range of events told again: the dead letters in it, or those that were delivered. */
export class ReplayWebhooks {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  async execute({ state, from, to }: ReplayRange): Promise<Replayed> {
    const { replayWebhook, sender, webhooks } = this.#needs;
    if (!sender) throw new WebhooksOff();
    const behind = await webhooks.list({ state, limit: MOST + 1, after: justBefore(from) });
    const inRange = behind.filter(({ id }) => id <= to);
    const replay = inRange.slice(0, MOST);
    for (const { id } of replay) await replayWebhook.execute(id);
    return { count: replay.length, next: inRange[MOST]?.id };
  }
}

/** Ids are numbers of one length. */
const justBefore = (id: string): string => eventId(placeInLog(Math.max(0, Number(placeOf(id)) - 1)));
