import type { Clock } from '../domain/clock.ts';
import type { EventLog } from '../domain/order/event-log.ts';
import { newDelivery } from '../domain/webhook/delivery-steps.ts';
import type { WebhookRepository } from '../domain/webhook/webhook-repository.ts';

interface Needs {
  readonly events: EventLog;
  readonly webhooks: WebhookRepository;
  readonly clock: Clock;
}

const PAGE = 200;

/**
 * Takes up what the event log has to tell, from its very beginning. Every instance does it: an event that two take at
 * once is taken up once, and whoever dies half way leaves the cursor where it was.
 */
export class TakeUpEvents {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** Answers how many events it took up; stops between two pages when it is told to. */
  async execute(signal?: AbortSignal): Promise<number> {
    const { clock, events, webhooks } = this.#needs;
    let { cursor } = await webhooks.endpoint();
    let taken = 0;
    for (;;) {
      const page = await events.page(cursor, PAGE);
      cursor = page.at(-1)?.id ?? cursor;
      if (page.length > 0) {
        const now = clock.now();
        await webhooks.takeUp(
          page.map((logged) => newDelivery(logged, now)),
          cursor,
        );
      }
      taken += page.length;
      if (page.length < PAGE || signal?.aborted === true) return taken;
    }
  }
}
