import type { KeyObject } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { SECOND } from '../../domain/clock.ts';
import { eventId, type LoggedEvent } from '../../domain/order/event-log.ts';
import type { Sent, WebhookSender } from '../../domain/webhook/webhook-sender.ts';
import type { AllowList } from './allow-list.ts';
import { Ending } from './ending.ts';
import { faultOf } from './fault-of.ts';
import { post, type PostAnswer } from './post.ts';
import { type Resolve, ResolvedReceiver } from './resolved-receiver.ts';
import { retryAfterIn } from './retry-after.ts';
import { signatures } from './signature.ts';

export interface WebhookSettings {
  readonly url: string;
  /** Each signs; the first is the newest. */
  readonly keys: readonly KeyObject[];
  readonly allowed: AllowList;
  /** From the look-up of the name to the end of the answer, in milliseconds. */
  readonly deadline?: number;
}

/** What an event tells about its order; the same as over HTTP. */
export type Tell = (event: LoggedEvent) => object;

const DEADLINE = 15 * SECOND;

const resolveAll: Resolve = (host) => lookup(host, { all: true });

/** Tells a receiver in the format of standardwebhooks.com. */
export class StandardWebhooks implements WebhookSender {
  readonly #url: URL;
  readonly #settings: WebhookSettings;
  readonly #tell: Tell;
  readonly #receiver: ResolvedReceiver;

  constructor(settings: WebhookSettings, tell: Tell, resolve = resolveAll) {
    this.#url = new URL(settings.url);
    this.#settings = settings;
    this.#tell = tell;
    this.#receiver = new ResolvedReceiver(this.#url, settings.allowed, resolve);
  }

  async send(event: LoggedEvent, now: Date, signal?: AbortSignal): Promise<Sent> {
    const ending = new Ending(this.#settings.deadline ?? DEADLINE, signal);
    try {
      const { status, retryAfter } = await this.#post(event, now, ending);
      return { kind: 'answered', status, retryAfter: retryAfterIn(retryAfter, now) };
    } catch (error) {
      return ending.isCut ? { kind: 'cut' } : { kind: 'failed', fault: faultOf(error, ending.signal) };
    } finally {
      ending.clear();
    }
  }

  async #post(event: LoggedEvent, now: Date, ending: Ending): Promise<PostAnswer> {
    const lookup = await ending.orEnd(this.#receiver.lookup());
    const message = {
      id: eventId(event.id),
      timestamp: Math.floor(now.getTime() / SECOND),
      body: JSON.stringify(this.#tell(event)),
    };
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Wexagon',
      'webhook-id': message.id,
      'webhook-timestamp': String(message.timestamp),
      'webhook-signature': signatures(message, this.#settings.keys),
    };
    return post({ url: this.#url, headers, body: message.body, lookup, signal: ending.signal });
  }
}
