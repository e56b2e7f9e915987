import type { Middleware } from './context.ts';

/** A rest of this size is read and thrown away, so that the client gets to see our answer. */
const WORTH_READING = 16 * 1024 * 1024;

/** Hangs up after an answer that came before a huge or endless body was read. */
export const hangUpOnUnreadBody: Middleware = async (ctx, next) => {
  await next();
  const announced = ctx.get('Content-Length');
  const sendsMore = ctx.get('Transfer-Encoding') !== '' || Number(announced) > WORTH_READING;
  if (!ctx.req.complete && sendsMore) ctx.set('Connection', 'close');
};
