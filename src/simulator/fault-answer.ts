import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import type { Context } from 'koa';
import type { Fault } from './faults.ts';

type Trouble = (ctx: Context, fault: Fault, answer: unknown) => Promise<void> | void;

const HTML = '<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>';

const TROUBLES: Record<Fault['kind'], Trouble> = {
  errcode: (ctx, { value }) => {
    const errmsg = `ordered fault, rid: 0000-${Date.now().toString(16)}`;
    ctx.body = JSON.stringify({ errcode: value, errmsg });
  },
  status: (ctx, { value }) => {
    ctx.body = '{"message":"ordered fault"}';
    ctx.status = value >= 200 && value < 600 ? value : 500;
  },
  html: (ctx) => {
    ctx.body = HTML;
    ctx.status = 502;
    ctx.type = 'text/html';
  },
  garbage: (ctx) => {
    ctx.body = Buffer.from([0xff, 0xfe, 0x00, 0x7b, 0x22]);
  },
  truncate: (ctx, _fault, answer) => {
    ctx.body = JSON.stringify(answer ?? { openid: 'half of it' }).slice(0, -4);
  },
  timeout: () => wait(60_000, undefined, { ref: false }),
  drip: (ctx) => {
    ctx.body = Readable.from(drip());
  },
  slow: async (ctx, { value }, answer) => {
    await wait(value, undefined, { ref: false });
    ctx.body = JSON.stringify(answer);
  },
  hangup: (ctx) => {
    ctx.respond = false;
    ctx.req.socket.destroy();
  },
};

/** Answers as a WeChat in trouble does. */
export async function answerFault(ctx: Context, fault: Fault, answer: unknown): Promise<void> {
  ctx.status = 200;
  ctx.type = 'text/plain';
  await TROUBLES[fault.kind](ctx, fault, answer);
}

/** A byte at a time, for a minute: always about to be done. */
async function* drip(): AsyncGenerator<string> {
  for (let tenth = 0; tenth < 600; tenth += 1) {
    yield ' ';
    await wait(100, undefined, { ref: false });
  }
}
