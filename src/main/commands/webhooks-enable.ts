import { resolve } from '../container.ts';
import { TOKENS as T } from '../tokens.ts';
import { readArguments } from './arguments.ts';
import { inHouse } from './house.ts';

/** `wexagon webhooks enable` */
await inHouse(
  () => readArguments(2, [], {}),
  async (_none, { container }) => {
    await resolve(container, T.enableWebhooks).execute();
    console.log('Webhooks are sent again, those first that wait longest.');
  },
);
