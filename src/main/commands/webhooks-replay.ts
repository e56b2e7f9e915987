import { EVENT_ID } from '../../domain/order/event-log.ts';
import { resolve } from '../container.ts';
import { TOKENS as T } from '../tokens.ts';
import { readArguments } from './arguments.ts';
import { inHouse, WrongUse } from './house.ts';

function readWish() {
  const options = { to: { type: 'string' }, state: { type: 'string' } } as const;
  const { positionals, values } = readArguments(2, ['<event id>'], options);
  const [from] = positionals;
  const { to, state = 'dead' } = values;
  if (![from, to ?? from].every((id) => EVENT_ID.test(id)))
    throw new WrongUse('An event has an id like evt_0000000000000001.');
  if (to === undefined && values.state !== undefined) throw new WrongUse('--state is for a range, which has a --to.');
  if (state !== 'dead' && state !== 'delivered') throw new WrongUse('--state is one of dead, delivered.');
  return { from, to, state } as const;
}

/** `wexagon webhooks replay <event id> [--to <event id>] [--state dead|delivered]` */
await inHouse(readWish, async ({ from, to, state }, { container }) => {
  if (to === undefined) {
    const { id } = await resolve(container, T.replayWebhook).execute(from);
    console.log(`${id} is sent again.`);
    return;
  }
  const replay = resolve(container, T.replayWebhooks);
  let total = 0;
  for (let next: string | undefined = from; next !== undefined;) {
    const done = await replay.execute({ from: next, to, state });
    total += done.count;
    ({ next } = done);
  }
  console.log(`${total} are sent again.`);
});
