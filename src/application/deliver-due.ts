import type { Clock } from '../domain/clock.ts';
import { type EventLog, type LoggedEvent, placeInLog, placeOf } from '../domain/order/event-log.ts';
import type { Delivery } from '../domain/webhook/delivery.ts';
import { type Chance, isGone, leaseFrom, tried } from '../domain/webhook/delivery-steps.ts';
import type { WebhookRepository } from '../domain/webhook/webhook-repository.ts';
import type { WebhookSender } from '../domain/webhook/webhook-sender.ts';

interface Needs {
  readonly events: EventLog;
  readonly webhooks: WebhookRepository;
  readonly sender: WebhookSender | null;
  readonly clock: Clock;
  readonly chance: Chance;
}

export interface DeliverOptions {
  /** Hears of every try, once what came of it is kept. */
  readonly onTried?: (delivery: Delivery) => void;
  readonly onFailure?: (error: unknown, delivery: Delivery) => void;
  /** Hears that the receiver wants nothing any more. */
  readonly onGone?: (delivery: Delivery) => void;
  readonly signal?: AbortSignal;
}

/** How many orders are told of at once. */
const BATCH = 20;

/**
 * Tells the merchant's receiver what it has not heard yet, of each order one thing behind the other. Every instance runs
 * it. Whoever claims a delivery first tells it; one who dies with it leaves it to whoever comes when the claim is over.
 */
export class DeliverDue {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** Answers how many it told, or tried to; one that fails keeps no other from its turn. */
  async execute(options: DeliverOptions = {}): Promise<number> {
    const { sender } = this.#needs;
    if (!sender) return 0;
    let told = 0;
    for (;;) {
      const batch = options.signal?.aborted === true ? 0 : await this.#deliverSome(sender, options);
      if (batch === 0) return told;
      told += batch;
    }
  }

  async #deliverSome(sender: WebhookSender, options: DeliverOptions): Promise<number> {
    const { clock, webhooks } = this.#needs;
    if ((await webhooks.endpoint()).disabledAt) return 0;
    const due = await webhooks.due(clock.now(), BATCH);
    const tries = await Promise.all(due.map((delivery) => this.#deliver(sender, delivery, options)));
    return tries.filter(Boolean).length;
  }

  /** Answers whether it was ours to tell. */
  async #deliver(sender: WebhookSender, delivery: Delivery, options: DeliverOptions): Promise<boolean> {
    const { clock, webhooks } = this.#needs;
    try {
      const claimed = await webhooks.claim(delivery, leaseFrom(clock.now()));
      if (claimed) await this.#tell(sender, claimed, options);
      return claimed !== undefined;
    } catch (error) {
      options.onFailure?.(error, delivery);
      return false;
    }
  }

  /** Where the claim was over before the answer came, whoever has it by now says how it stands. */
  async #tell(sender: WebhookSender, claimed: Delivery, { onTried, onGone, signal }: DeliverOptions): Promise<void> {
    const { chance, clock, webhooks } = this.#needs;
    const event = await this.#eventOf(claimed);
    const startedAt = clock.now();
    const sent = await sender.send(event, startedAt, signal);
    const now = clock.now();
    if (isGone(sent)) await webhooks.setDisabled(now);
    const saved = await webhooks.save(tried(claimed, { startedAt, now, sent }, chance));
    if (isGone(sent)) onGone?.(claimed);
    if (saved && sent.kind !== 'cut') onTried?.(saved);
  }

  async #eventOf({ id }: Delivery): Promise<LoggedEvent> {
    const place = placeOf(id);
    const [event] = await this.#needs.events.page(placeInLog(Number(place) - 1), 1);
    if (event?.id !== place) throw new Error('an event that is to be told is not in the log');
    return event;
  }
}
