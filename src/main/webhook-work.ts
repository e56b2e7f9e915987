import type { Container } from 'inversify';
import type { Logger } from 'pino';
import type { DeliverOptions } from '../application/deliver-due.ts';
import { SECOND } from '../domain/clock.ts';
import type { Delivery } from '../domain/webhook/delivery.ts';
import { resolve } from './container.ts';
import type { Recurring } from './recurring.ts';
import { TOKENS as T } from './tokens.ts';

/** What merchants are told of is mostly waited for by somebody at a till. */
const TELL_EVERY = SECOND;

/** Taking up and telling are turns of their own: a receiver that hangs keeps nothing from being taken up. */
export function startWebhookWork(container: Container, work: Recurring, logger: Logger): void {
  const [takeUp, deliver] = [resolve(container, T.takeUpEvents), resolve(container, T.deliverDue)];
  const [metrics, list] = [resolve(container, T.metrics), resolve(container, T.listWebhooks)];
  const options = { ...reportsOf(logger), onTried: (delivery: Delivery) => metrics.countWebhook(outcomeOf(delivery)) };
  work.start({ what: 'taking up events', every: TELL_EVERY, turn: (signal) => takeUp.execute(signal) });
  work.start({
    what: 'sending webhooks',
    every: TELL_EVERY,
    turn: (signal) => deliver.execute({ ...options, signal }),
  });
  work.start({
    what: 'measuring webhooks',
    every: 10 * SECOND,
    turn: async () => {
      const { deliveries, disabledAt } = await list.execute({ state: 'waiting', limit: 1 });
      metrics.noteWebhooks({ oldest: deliveries[0]?.at ?? null, isDisabled: disabledAt !== null });
      return deliveries.length;
    },
  });
}

const reportsOf = (logger: Logger): DeliverOptions => ({
  onFailure: (err, { id }) => logger.warn({ err, webhook_id: id }, 'webhook not sent, for now'),
  onGone: ({ id }) =>
    logger.error({ webhook_id: id }, 'the receiver of webhooks answers 410: nothing is sent any more'),
});

/** `delivered`, `dead`, or that it is to be tried again. */
const outcomeOf = ({ state }: Delivery) => (state === 'waiting' ? 'failed' : state);
