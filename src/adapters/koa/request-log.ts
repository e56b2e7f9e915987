import type { Logger } from 'pino';
import type { IdSource } from '../../domain/id-source.ts';
import { callerIp } from './client-address.ts';
import type { Context, Middleware } from './context.ts';
import type { HttpMetrics } from './metrics.ts';

const SANE_ID = /^[0-9A-Za-z._-]{1,64}$/;

/** One line and one count for every request. Only what is named here is logged: no path, no header, no body. */
export function requestLog(logger: Logger, metrics: HttpMetrics, ids: IdSource): Middleware {
  return async (ctx, next) => {
    const began = performance.now();
    const sent = ctx.get('X-Request-Id');
    const id = SANE_ID.test(sent) ? sent : ids.next();
    ctx.state.requestId = id;
    ctx.state.callerIp = callerIp(ctx);
    ctx.set('X-Request-Id', id);
    await next();
    const milliseconds = performance.now() - began;
    const { method, status } = ctx;
    const route = routeOf(ctx);
    metrics.observe({ method, route, status }, milliseconds / 1_000);
    logger.info({ id, method, route, status, duration_ms: Math.round(milliseconds * 10) / 10 }, 'request');
  };
}

/** The template, not the path: a path may hold an id, and ids belong in no label. */
const routeOf = (ctx: Context): string => (typeof ctx._matchedRoute === 'string' ? ctx._matchedRoute : 'none');
