import { resolve } from '../container.ts';
import { TOKENS as T } from '../tokens.ts';
import { readArguments } from './arguments.ts';
import { inHouse } from './house.ts';
import { orderText } from './order-text.ts';

/** `wexagon order show <out_trade_no>` */
await inHouse(
  () => readArguments(2, ['<out_trade_no>'], {}).positionals,
  async ([number], { container }) => console.log(orderText(await resolve(container, T.findOrder).execute(number))),
);
