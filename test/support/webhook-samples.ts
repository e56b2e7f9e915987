import { createSecretKey, randomBytes } from 'node:crypto';
import { NOTHING_INTERNAL, readAllowList } from '../../src/adapters/webhook/allow-list.ts';
import { secretBytes } from '../../src/adapters/webhook/signature.ts';
import { StandardWebhooks } from '../../src/adapters/webhook/standard-webhooks.ts';
import type { Resolve } from '../../src/adapters/webhook/resolved-receiver.ts';
import { type LoggedEvent, placeInLog } from '../../src/domain/order/event-log.ts';
import { tell } from '../../src/main/modules/webhooks.ts';
import { sampleNote } from './samples.ts';

export const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

export const SECRET = newSecret();

interface Wishes {
  readonly url: string;
  readonly secrets?: readonly string[];
  /** As in WEBHOOK_ALLOW_INTERNAL. */
  readonly allowed?: string;
  readonly deadline?: number;
  readonly resolve?: Resolve;
}

/** The sender as the house has it. */
export function webhooksTo({ url, secrets = [SECRET], allowed, deadline, resolve }: Wishes): StandardWebhooks {
  const settings = {
    url,
    keys: secrets.map((secret) => createSecretKey(secretBytes(secret)!)),
    allowed: allowed === undefined ? NOTHING_INTERNAL : readAllowList(allowed)!,
    ...(deadline !== undefined && { deadline }),
  };
  return new StandardWebhooks(settings, tell, resolve);
}

/** So many events of so many orders, as they come: each order's in its sequence, and all orders at once. */
export const sampleLog = (count: number, orders: number, from = 1): LoggedEvent[] =>
  Array.from({ length: count }, (_, n): LoggedEvent => {
    const place = from + n;
    return {
      id: placeInLog(place),
      event: sampleNote({
        id: `sample_${place}`,
        orderId: `order-${(place - 1) % orders}`,
        sequence: Math.floor((place - 1) / orders) + 1,
        state: 'paid',
        happening: { type: 'order.prepaid' },
        notice: null,
      }),
    };
  });
