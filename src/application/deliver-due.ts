import { type Clock, type Pause, SECOND } from '../domain/clock.ts';
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
  readonly pause: Pause;
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
const MOST_AT_ONCE = 20;

/**
 * Tells the merchant's receiver what it has not heard yet, of each order one thing behind the other. Every instance runs
 * it. Whoever claims a delivery first tells it; one who dies with it leaves it to whoever comes when the claim is over.
 */
export class DeliverDue {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** Answers how many it told, or tried to; one that fails or takes long keeps no other from its turn. */
  async execute(options: DeliverOptions = {}): Promise<number> {
    const { sender } = this.#needs;
    if (!sender) return 0;
    const underWay = new Set<Promise<void>>();
    try {
      let told = 0;
      for (;;) {
        const before = underWay.size;
        const claimed = await this.#claimSome(MOST_AT_ONCE - before, options);
        if (claimed.length === 0 && before === 0) return told;
        // What was over meanwhile may have left the next of its order due.
        if (claimed.length === 0 && underWay.size === before) await this.#untilNext(underWay);
        told += claimed.length;
        for (const delivery of claimed) this.#begin(underWay, delivery, this.#tell(sender, delivery, options), options);
      }
    } finally {
      await Promise.all(underWay);
    }
  }

  #begin(
    underWay: Set<Promise<void>>,
    delivery: Delivery,
    telling: Promise<void>,
    { onFailure }: DeliverOptions,
  ): void {
    const begun = telling.catch((error: unknown) => onFailure?.(error, delivery)).finally(() => underWay.delete(begun));
    underWay.add(begun);
  }

  /** Until one of them is over, or others may have come for which there is room. */
  async #untilNext(underWay: ReadonlySet<Promise<void>>): Promise<void> {
    const over = new AbortController();
    await Promise.race([...underWay, this.#needs.pause(SECOND, over.signal)]);
    over.abort();
  }

  async #claimSome(room: number, options: DeliverOptions): Promise<Delivery[]> {
    const { clock, webhooks } = this.#needs;
    if (room === 0 || options.signal?.aborted === true || (await webhooks.endpoint()).disabledAt) return [];
    const due = await webhooks.due(clock.now(), room);
    const claimed = await Promise.all(due.map((delivery) => this.#claim(delivery, options)));
    return claimed.filter((delivery) => delivery !== undefined);
  }

  async #claim(delivery: Delivery, { onFailure }: DeliverOptions): Promise<Delivery | undefined> {
    const { clock, webhooks } = this.#needs;
    try {
      return await webhooks.claim(delivery, leaseFrom(clock.now()));
    } catch (error) {
      onFailure?.(error, delivery);
      return undefined;
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
