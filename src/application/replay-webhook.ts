import type { Clock } from '../domain/clock.ts';
import { Outage } from '../domain/outage.ts';
import type { Delivery } from '../domain/webhook/delivery.ts';
import { replayed } from '../domain/webhook/delivery-steps.ts';
import { WebhooksOff } from '../domain/webhook/webhook-refusals.ts';
import type { WebhookRepository } from '../domain/webhook/webhook-repository.ts';
import type { WebhookSender } from '../domain/webhook/webhook-sender.ts';
import type { FindWebhook } from './find-webhook.ts';

interface Needs {
  readonly webhooks: WebhookRepository;
  readonly findWebhook: FindWebhook;
  readonly sender: WebhookSender | null;
  readonly clock: Clock;
}

const TRIES = 20;

/** Has one event told again, whatever became of it before: soon, under the same id, and with all its tries before it. */
export class ReplayWebhook {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  async execute(id: string): Promise<Delivery> {
    const { clock, findWebhook, sender, webhooks } = this.#needs;
    if (!sender) throw new WebhooksOff();
    for (let tries = 0; tries < TRIES; tries += 1) {
      const saved = await webhooks.save(replayed(await findWebhook.execute(id), clock.now()));
      if (saved) return saved;
    }
    throw new Outage('storage-contended', 'Too much at once. Try again.', { retryAfterSeconds: 1 });
  }
}
