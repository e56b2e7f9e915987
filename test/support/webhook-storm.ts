import { Webhook } from 'standardwebhooks';
import { vi } from 'vitest';
import { pause } from '../../src/adapters/system/pause.ts';
import { DeliverDue } from '../../src/application/deliver-due.ts';
import { TakeUpEvents } from '../../src/application/take-up-events.ts';
import { type Clock, SECOND } from '../../src/domain/clock.ts';
import type { LoggedEvent } from '../../src/domain/order/event-log.ts';
import type { Persistence } from '../../src/domain/persistence.ts';
import type { WebhookRepository } from '../../src/domain/webhook/webhook-repository.ts';
import type { WebhookSender } from '../../src/domain/webhook/webhook-sender.ts';
import type { Received } from './webhook-receiver.ts';
import { SECRET } from './webhook-samples.ts';

/** Where a process may end: before its POST is out, with its answer in hand, or having written what came of it. */
export type KillPoint = 'claimed' | 'sent' | 'saved';

interface InstanceNeeds {
  readonly persistence: Persistence;
  readonly sender: WebhookSender;
  readonly clock: Clock;
  /** Asked at every point; the process ends where it says so. */
  readonly isKilled: (point: KillPoint) => boolean;
}

/** One process of the server, as far as webhooks go. Once it is killed nothing of it comes back and nothing goes out. */
export class WebhookInstance {
  readonly #takeUp: TakeUpEvents;
  readonly #deliver: DeliverDue;
  readonly #death = Promise.withResolvers<never>();
  readonly #isKilled: InstanceNeeds['isKilled'];
  isDead = false;

  constructor({ persistence, sender, clock, isKilled }: InstanceNeeds) {
    this.#isKilled = isKilled;
    this.#death.promise.catch(() => {});
    const webhooks = this.#mortal(persistence.webhooks);
    const { events } = persistence;
    this.#takeUp = new TakeUpEvents({ events, webhooks, clock });
    this.#deliver = new DeliverDue({
      events,
      webhooks,
      clock,
      chance: Math.random,
      pause,
      sender: this.#mortalSender(sender),
    });
  }

  /** Answers how many it told, or undefined where it was killed. */
  async turn(): Promise<number | undefined> {
    const work = this.#takeUp.execute().then(() => this.#deliver.execute());
    return Promise.race([work, this.#death.promise]).catch((error: unknown) => {
      if (this.isDead) return undefined;
      throw error;
    });
  }

  #mortalSender(sender: WebhookSender): WebhookSender {
    return {
      send: async (...given) => {
        await this.#passes('claimed');
        const sent = await sender.send(...given);
        await this.#passes('sent');
        return sent;
      },
    };
  }

  #mortal(webhooks: WebhookRepository): WebhookRepository {
    return new Proxy(webhooks, {
      get: (_target, name) => {
        const method = Reflect.get(webhooks, name, webhooks) as (...given: unknown[]) => Promise<unknown>;
        return async (...given: unknown[]) => {
          await this.#lives();
          const answer = await method.apply(webhooks, given);
          if (name === 'save') await this.#passes('saved');
          return answer;
        };
      },
    });
  }

  async #passes(point: KillPoint): Promise<void> {
    if (!this.isDead && this.#isKilled(point)) {
      this.isDead = true;
      this.#death.reject(new Error('killed'));
    }
    await this.#lives();
  }

  /** For the dead nothing ever comes back. */
  async #lives(): Promise<void> {
    if (this.isDead) await new Promise(() => {});
  }
}

/** What a receiver makes of what comes in: what it has said yes to, and everything that should not be. */
export class InboxChecker {
  /** What was said yes to first, by its id. */
  readonly #heard = new Map<string, string>();
  readonly #last = new Map<string, number>();
  readonly #wrong: string[] = [];
  duplicates = 0;

  /** Every POST, whatever is answered. One that a dead process has left on its way may come when the clock has moved on. */
  sees(received: Received): void {
    const time = vi.spyOn(Date, 'now').mockReturnValue(Number(received.headers['webhook-timestamp']) * SECOND);
    const { data } = new Webhook(SECRET).verify(received.body, received.headers) as { data: OrderData };
    time.mockRestore();
    const id = String(received.headers['webhook-id']);
    const last = this.#last.get(data.out_trade_no) ?? 0;
    if (data.sequence > last + 1) this.#wrong.push(`${id}: ${data.sequence} of ${data.out_trade_no} after ${last}`);
    if (this.#heard.has(id)) this.duplicates += 1;
    if ((this.#heard.get(id) ?? received.body) !== received.body) this.#wrong.push(`${id}: another body`);
  }

  saysYesTo({ body, headers }: Received): void {
    const { data } = JSON.parse(body) as { data: OrderData };
    this.#heard.set(String(headers['webhook-id']), body);
    this.#last.set(data.out_trade_no, Math.max(data.sequence, this.#last.get(data.out_trade_no) ?? 0));
  }

  has = (id: string): boolean => this.#heard.has(`evt_${id}`);

  /** Everything that is wrong, once all is quiet. */
  faults(log: readonly LoggedEvent[]): string[] {
    const missing = log.filter(({ id }) => !this.has(id)).map(({ id }) => `${id}: missing`);
    return [...this.#wrong, ...missing];
  }
}

interface OrderData {
  readonly out_trade_no: string;
  readonly sequence: number;
}
