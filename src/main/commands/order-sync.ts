import { resolve } from '../container.ts';
import { TOKENS as T } from '../tokens.ts';
import { readArguments } from './arguments.ts';
import { inHouse } from './house.ts';
import { orderText } from './order-text.ts';

/** `wexagon order sync <out_trade_no>`: asks WeChat, and shows what it came to. */
await inHouse(
  () => readArguments(2, ['<out_trade_no>'], {}).positionals,
  async ([number], { container }) => {
    const order = await resolve(container, T.findOrder).execute(number);
    console.log(orderText(await resolve(container, T.syncOrder).execute(order)));
  },
  { asksWechat: true },
);
