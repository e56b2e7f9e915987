import { webhookJson } from '../../adapters/koa/controllers/webhook-json.ts';
import { DELIVERY_STATES } from '../../domain/webhook/delivery.ts';
import { EVENT_ID } from '../../domain/order/event-log.ts';
import { resolve } from '../container.ts';
import { TOKENS as T } from '../tokens.ts';
import { readArguments } from './arguments.ts';
import { inHouse, WrongUse } from './house.ts';

const PAGE = 200;
const TO_ENABLE = 'the receiver answered 410. `wexagon webhooks enable` sends again.';

function readWish() {
  const options = { state: { type: 'string', default: 'dead' }, after: { type: 'string' } } as const;
  const { state: word, after } = readArguments(2, [], options).values;
  const state = DELIVERY_STATES.find((known) => known === word);
  if (!state) throw new WrongUse(`--state is one of ${DELIVERY_STATES.join(', ')}.`);
  if (after !== undefined && !EVENT_ID.test(after)) throw new WrongUse('--after is the id of an event.');
  return { state, after };
}

/** `wexagon webhooks list [--state dead] [--after evt_…]`: as over HTTP, one JSON object a line. */
await inHouse(readWish, async ({ state, after: from }, { container }) => {
  const list = resolve(container, T.listWebhooks);
  let after = from;
  for (;;) {
    const { deliveries, last, disabledAt } = await list.execute({ state, limit: PAGE, after });
    if (disabledAt && after === from) console.error(`Nothing is sent since ${disabledAt.toISOString()}: ${TO_ENABLE}`);
    for (const delivery of deliveries) console.log(JSON.stringify(webhookJson(delivery)));
    if (!last) return;
    after = last.id;
  }
});
