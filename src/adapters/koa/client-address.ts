import { isIP } from 'node:net';
import type { Context } from './context.ts';

/**
 * Where a request comes from. Koa believes as many proxies as it was told to and takes their word,
 * right-most first; a word that is no address falls back to the socket's.
 */
export function callerIp(ctx: Context): string {
  const address = isIP(ctx.ip) ? ctx.ip : (ctx.req.socket.remoteAddress ?? 'unknown');
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address.replace(/%.*$/, '');
}

/** Whom a request counts against. */
export function clientAddress(ctx: Context): string {
  const address = ctx.state.callerIp;
  return isIP(address) === 6 ? network(address) : address;
}

/** One customer gets a whole /64 of IPv6, so that is what counts as one caller. */
function network(address: string): string {
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail ? tail.split(':') : [];
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  return `${[...left, ...Array<string>(zeros).fill('0'), ...right].slice(0, 4).join(':')}::/64`;
}
