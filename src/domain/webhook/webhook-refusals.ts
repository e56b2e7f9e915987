import { Refusal } from '../refusal.ts';

export class WebhookNotFound extends Refusal {
  readonly code = 'webhook-not-found';

  constructor() {
    super('There is no such webhook.');
  }
}

export class WebhooksOff extends Refusal {
  readonly code = 'webhooks-off';

  constructor() {
    super('This server sends no webhooks: WEBHOOK_URL is not set.');
  }
}
