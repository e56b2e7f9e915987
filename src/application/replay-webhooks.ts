import { type Clock, later, SECOND } from '../domain/clock.ts';
import { eventId, placeInLog, placeOf } from '../domain/order/event-log.ts';
import type { Delivery, DeliveryState } from '../domain/webhook/delivery.ts';
import { WebhooksOff } from '../domain/webhook/webhook-refusals.ts';
import type { WebhookRepository } from '../domain/webhook/webhook-repository.ts';
import type { WebhookSender } from '../domain/webhook/webhook-sender.ts';
import type { ReplayWebhook } from './replay-webhook.ts';

interface Needs {
  readonly webhooks: WebhookRepository;
  readonly replayWebhook: ReplayWebhook;
  readonly sender: WebhookSender | null;
  readonly clock: Clock;
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

/** As many as one call replays, and for how long it goes on, so that it has an end before anybody gives up on it. */
const MOST = 500;
const LONGEST = SECOND;

/** Has a range of events told again: the dead letters in it, or those that were delivered. */
export class ReplayWebhooks {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  async execute({ state, from, to }: ReplayRange): Promise<Replayed> {
    const { clock, sender, webhooks } = this.#needs;
    if (!sender) throw new WebhooksOff();
    const until = later(clock.now(), LONGEST);
    const behind = await webhooks.list({ state, limit: MOST + 1, after: justBefore(from) });
    const inRange = behind.filter(({ id }) => id <= to);
    const count = await this.#replay(inRange.slice(0, MOST), until);
    return { count, next: inRange[count]?.id };
  }

  /** Answers how many of them it came to; each call comes to one at least. */
  async #replay(deliveries: readonly Delivery[], until: Date): Promise<number> {
    const { clock, replayWebhook } = this.#needs;
    let count = 0;
    for (const { id } of deliveries) {
      if (count > 0 && clock.now() > until) break;
      await replayWebhook.execute(id);
      count += 1;
    }
    return count;
  }
}

/** Ids are numbers of one length. */
const justBefore = (id: string): string => eventId(placeInLog(Math.max(0, Number(placeOf(id)) - 1)));
