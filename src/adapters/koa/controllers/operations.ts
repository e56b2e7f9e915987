import type { CheckReadiness } from '../../../application/check-readiness.ts';
import type { Handler } from '../context.ts';
import type { HttpMetrics } from '../metrics.ts';

/** `GET /healthz`: the process lives. */
export const health: Handler = (ctx) => {
  ctx.body = { status: 'ok' };
};

/** `GET /readyz`: the storage can be used; 503 when it cannot. */
export function readiness(check: CheckReadiness): Handler {
  return async (ctx) => {
    await check.execute();
    ctx.body = { status: 'ready' };
  };
}

/** `GET /metrics`: counts for Prometheus. */
export function metricsText(metrics: HttpMetrics): Handler {
  return async (ctx) => {
    ctx.body = await metrics.text();
    ctx.set('Content-Type', metrics.contentType);
  };
}
