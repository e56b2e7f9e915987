import { Webhook } from 'standardwebhooks';
import { vi } from 'vitest';
import { pause } from '../../src/adapters/system/pause.ts';
import { DeliverDue } from '../../src/application/deliver-due.ts';
import { TakeUpEvents } from '../../src/application/take-up-events.ts';
import { type Clock, SECOND } from '../../src/domain/clock.ts';
import { eventId, type LoggedEvent } from '../../src/domain/order/event-log.ts';
import type { Persistence } from '../../src/domain/persistence.ts';
import type { WebhookRepository } from '../../src/domain/webhook/webhook-repository.ts';
import type { WebhookSender } from '../../src/domain/webhook/webhook-sender.ts';
import { InboxChecker } from './inbox-checker.ts';
import type { Finding } from './storm/findings.ts';
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

/** Believes what is signed for its own time: what a dead process has left on its way comes when the clock has moved on. */
export const checkerOfAnyTime = (): InboxChecker =>
  new InboxChecker(({ body, headers }) => {
    const time = vi.spyOn(Date, 'now').mockReturnValue(Number(headers['webhook-timestamp']) * SECOND);
    try {
      return new Webhook(SECRET).verify(body, headers);
    } finally {
      time.mockRestore();
    }
  });

/** Everything that is wrong, once all is quiet. */
export function faultsOf({ heard, wrong }: InboxChecker, log: readonly LoggedEvent[]): Finding[] {
  const missing = log.filter(({ id }) => !heard.has(eventId(id)));
  return [...wrong.map(({ finding }) => finding), ...missing.map(() => 'webhook missing' as const)];
}
