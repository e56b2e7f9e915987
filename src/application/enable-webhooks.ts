import { WebhooksOff } from '../domain/webhook/webhook-refusals.ts';
import type { WebhookRepository } from '../domain/webhook/webhook-repository.ts';
import type { WebhookSender } from '../domain/webhook/webhook-sender.ts';

interface Needs {
  readonly webhooks: WebhookRepository;
  readonly sender: WebhookSender | null;
}

/** Has the receiver told again that had said that it is gone. What happened meanwhile has waited for this. */
export class EnableWebhooks {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  async execute(): Promise<void> {
    const { sender, webhooks } = this.#needs;
    if (!sender) throw new WebhooksOff();
    await webhooks.setDisabled(null);
  }
}
