import Koa from 'koa';
import type { Logger } from 'pino';
import type { IdSource } from '../../domain/id-source.ts';
import type { Middleware, State } from './context.ts';
import { HttpFault } from './http-fault.ts';
import { upTo } from './guards/up-to.ts';
import { createDocsRouter } from './openapi/docs-router.ts';
import { problemDetails } from './problem-details.ts';
import { requestLog } from './request-log.ts';
import { createOperationsRouter, createRouter, noRoute, type RouteNeeds } from './routes.ts';
import { hangUpOnUnreadBody } from './unread-body.ts';

export interface AppNeeds extends RouteNeeds {
  readonly logger: Logger;
  readonly ids: IdSource;
  readonly trustedProxyHops: number;
  /** Runs a request's work within the time that it may wait for the storage. */
  readonly budget: { run<Result>(work: () => Promise<Result>): Promise<Result> };
}

const MOST_IN_FLIGHT = 200;

/** The HTTP side of the house; listening is the server's business. */
export function createApp(needs: AppNeeds): Koa<State> {
  const app = new Koa<State>(proxySettings(needs.trustedProxyHops));
  const operations = createOperationsRouter(needs);
  const router = createRouter(needs);
  const docs = createDocsRouter(operations, router);
  app.silent = true;
  app.on('error', (err: unknown) => needs.logger.debug({ err }, 'connection'));
  app.use(requestLog(needs.logger, needs.metrics, needs.ids));
  app.use(safeHeaders);
  app.use(hangUpOnUnreadBody);
  app.use(problemDetails(needs.logger));
  app.use(saneTarget);
  app.use(operations.routes());
  app.use(docs.routes());
  app.use(upTo(MOST_IN_FLIGHT));
  app.use((_ctx, next) => needs.budget.run(next));
  app.use(router.routes());
  app.use(noRoute(operations, docs, router));
  return app;
}

/** Without a limit Koa would take the left-most address, which is the caller's own to write. */
const proxySettings = (hops: number) => ({ proxy: hops > 0, maxIpsCount: hops });

const safeHeaders: Middleware = async (ctx, next) => {
  ctx.set('Cache-Control', 'no-store');
  ctx.set('X-Content-Type-Options', 'nosniff');
  await next();
};

/** A request may name its target as a whole URL, and Koa throws when somebody asks it for the path of a broken one. */
const saneTarget: Middleware = (ctx, next) => {
  if (!/^[/*]/.test(ctx.url) && !URL.canParse(ctx.url)) throw new HttpFault('malformed-request', 'This is no address.');
  return next();
};
