import { EVENT_ID } from '../domain/order/event-log.ts';
import type { Delivery, WebhookId } from '../domain/webhook/delivery.ts';
import { WebhookNotFound } from '../domain/webhook/webhook-refusals.ts';
import type { WebhookRepository } from '../domain/webhook/webhook-repository.ts';

/** Finds what became of telling the receiver one event. */
export class FindWebhook {
  readonly #webhooks: WebhookRepository;

  constructor({ webhooks }: { readonly webhooks: WebhookRepository }) {
    this.#webhooks = webhooks;
  }

  /** What cannot be an id is never looked for. */
  async execute(id: string): Promise<Delivery> {
    const found = EVENT_ID.test(id) ? await this.#webhooks.find(id as WebhookId) : undefined;
    if (!found) throw new WebhookNotFound();
    return found;
  }
}
