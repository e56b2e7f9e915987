import type { Container } from 'inversify';
import type { Logger } from 'pino';
import { HOUR, MINUTE, SECOND } from '../domain/clock.ts';
import type { Order } from '../domain/order/order.ts';
import { resolve } from './container.ts';
import type { Recurring } from './recurring.ts';
import { TOKENS as T } from './tokens.ts';
import { startWebhookWork } from './webhook-work.ts';

/** Yesterday's bill is there from 10 in the morning of UTC+8. */
const RECONCILE_EVERY = 15 * MINUTE;

/** Behind every event. A storage that puts events in order when they are read is to have little left to do. */
const END_OF_LOG = '9'.repeat(16);

/** Less than the first wait for a notice that does not come. */
const SETTLE_EVERY = 5 * SECOND;

/** What is done without anybody asking. */
export function startWork(container: Container, work: Recurring, logger: Logger): void {
  const sweepSessions = resolve(container, T.sweepSessions);
  const sweepRequests = resolve(container, T.sweepRequests);
  const readEvents = resolve(container, T.readEvents);
  work.start({ what: 'sweeping sessions', every: HOUR, turn: () => sweepSessions.execute() });
  work.start({ what: 'sweeping requests', every: HOUR, turn: () => sweepRequests.execute() });
  work.start({
    what: 'keeping the log',
    every: MINUTE,
    turn: async () => (await readEvents.execute(END_OF_LOG, 1)).length,
  });
  const { payments, webhooks } = resolve(container, T.config);
  if (payments) startPaymentWork(container, work, logger);
  if (webhooks) startWebhookWork(container, work, logger);
}

function startPaymentWork(container: Container, work: Recurring, logger: Logger): void {
  const settle = resolve(container, T.settleDueOrders);
  const onFailure = (err: unknown, { id }: Order) => logger.warn({ err, out_trade_no: id }, 'not settled, for now');
  work.start({
    what: 'settling orders',
    every: SETTLE_EVERY,
    turn: (signal) => settle.execute({ onFailure, signal }),
  });
  const reconcile = resolve(container, T.reconcileYesterday);
  const onDay = (err: unknown, day: string) => logger.warn({ err, day }, 'not reconciled, for now');
  const onGivenUp = (day: string) => logger.error({ day }, 'not reconciled');
  work.start({ what: 'reconciling days', every: RECONCILE_EVERY, turn: () => reconcile.execute(onDay, onGivenUp) });
  const keys = resolve(container, T.platformKeys);
  if (keys)
    work.start({ what: 'keeping the keys of WeChat Pay', every: HOUR, turn: async () => (await keys.refresh(), 0) });
}
