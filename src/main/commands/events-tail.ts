import { setTimeout as wait } from 'node:timers/promises';
import { SECOND } from '../../domain/clock.ts';
import type { LoggedEvent } from '../../domain/order/event-log.ts';
import { resolve } from '../container.ts';
import { TOKENS as T } from '../tokens.ts';
import { readArguments } from './arguments.ts';
import { inHouse, WrongUse } from './house.ts';

const PAGE = 200;

function lineOf({ id, event }: LoggedEvent): string {
  const { type, ...data } = event.happening;
  return JSON.stringify({
    id: `evt_${id}`,
    at: event.at,
    type,
    order: event.orderId,
    sequence: event.sequence,
    state: event.state,
    ...data,
  });
}

/** `wexagon events tail [--after evt_…] [--follow]`: the events, one JSON object a line. */
await inHouse(async ({ container }) => {
  const options = { after: { type: 'string', default: '' }, follow: { type: 'boolean', default: false } } as const;
  const { values } = readArguments(2, [], options);
  if (values.after !== '' && !/^evt_\d{16}$/.test(values.after)) throw new WrongUse('--after is the id of an event.');
  const read = resolve(container, T.readEvents);
  let after = values.after.replace('evt_', '');
  for (;;) {
    const events = await read.execute(after, PAGE);
    for (const event of events) console.log(lineOf(event));
    after = events.at(-1)?.id ?? after;
    if (events.length < PAGE && !values.follow) return;
    if (events.length < PAGE) await wait(SECOND);
  }
});
