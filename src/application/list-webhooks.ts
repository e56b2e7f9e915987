import type { Delivery } from '../domain/webhook/delivery.ts';
import type { DeliveryQuery, WebhookRepository } from '../domain/webhook/webhook-repository.ts';

export interface WebhookPage {
  readonly deliveries: readonly Delivery[];
  /** The delivery behind which the next page begins; undefined on the last one. */
  readonly last: Delivery | undefined;
  readonly disabledAt: Date | null;
}

/** Answers a page of what the receiver was told and is to be told, oldest first. */
export class ListWebhooks {
  readonly #webhooks: WebhookRepository;

  constructor({ webhooks }: { readonly webhooks: WebhookRepository }) {
    this.#webhooks = webhooks;
  }

  /** Asks for one more than it answers, to know whether there is a next page. */
  async execute(query: DeliveryQuery): Promise<WebhookPage> {
    const { disabledAt } = await this.#webhooks.endpoint();
    const found = await this.#webhooks.list({ ...query, limit: query.limit + 1 });
    const deliveries = found.slice(0, query.limit);
    return { deliveries, last: found.length > query.limit ? deliveries.at(-1) : undefined, disabledAt };
  }
}
