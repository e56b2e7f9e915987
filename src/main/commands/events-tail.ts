import { setTimeout as wait } from 'node:timers/promises';
import { eventJson } from '../../adapters/koa/controllers/event-json.ts';
import { SECOND } from '../../domain/clock.ts';
import { EVENT_ID, placeOf } from '../../domain/order/event-log.ts';
import { resolve } from '../container.ts';
import { TOKENS as T } from '../tokens.ts';
import { readArguments } from './arguments.ts';
import { inHouse, WrongUse } from './house.ts';

const PAGE = 200;

function readTail() {
  const options = { after: { type: 'string' }, follow: { type: 'boolean', default: false } } as const;
  const { after, follow } = readArguments(2, [], options).values;
  if (after !== undefined && !EVENT_ID.test(after)) throw new WrongUse('--after is the id of an event.');
  return { from: after === undefined ? '' : placeOf(after), follow };
}

/** `wexagon events tail [--after evt_…] [--follow]`: the events as over HTTP, one JSON object a line. */
await inHouse(readTail, async ({ from, follow }, { container }) => {
  const read = resolve(container, T.readEvents);
  let after = from;
  for (;;) {
    const events = await read.execute(after, PAGE);
    for (const event of events) console.log(JSON.stringify(eventJson(event)));
    after = events.at(-1)?.id ?? after;
    if (events.length < PAGE && !follow) return;
    if (events.length < PAGE) await wait(SECOND);
  }
});
