import { type AllowList, NOTHING_INTERNAL, readAllowList } from '../adapters/webhook/allow-list.ts';
import { objectionTo } from '../adapters/webhook/receiver-url.ts';
import type { WebhookSettings } from '../adapters/webhook/standard-webhooks.ts';
import type { Environment, Fault } from './environment.ts';
import type { Variables } from './variables.ts';

/** Whom the merchant wants told, and how it knows that it is us; null where nobody. */
export function webhookConfig(values: Variables): WebhookSettings | null {
  const { WEBHOOK_URL: url, WEBHOOK_SECRET: keys, WEBHOOK_ALLOW_INTERNAL: allowed = NOTHING_INTERNAL } = values;
  return url !== undefined && keys ? { url, keys, allowed } : null;
}

/** What is wrong with the settings of webhooks, taken together. */
export function webhookFaults({ WEBHOOK_URL: url, WEBHOOK_SECRET, WEBHOOK_ALLOW_INTERNAL }: Environment): Fault[] {
  if (url === undefined) return [];
  const faults: Fault[] = [];
  if (WEBHOOK_SECRET === undefined)
    faults.push({ variable: 'WEBHOOK_SECRET', message: 'is needed where WEBHOOK_URL is given' });
  const allowed = allowedIn(WEBHOOK_ALLOW_INTERNAL);
  const message = URL.canParse(url) && allowed ? objectionTo(new URL(url), allowed) : undefined;
  if (message !== undefined) faults.push({ variable: 'WEBHOOK_URL', message });
  return faults;
}

/** Undefined where it cannot be read, which is told by itself. */
const allowedIn = (text: string | undefined): AllowList | undefined =>
  text === undefined ? NOTHING_INTERNAL : readAllowList(text);
