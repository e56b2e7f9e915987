import type { Logger } from 'pino';
import type { Received } from '../../../application/receive-payment-notice.ts';
import type { PaymentGateway, RawNotice } from '../../../domain/order/payment-gateway.ts';
import { Outage } from '../../../domain/outage.ts';
import type { Context, Handler } from '../context.ts';
import { HttpFault } from '../http-fault.ts';
import type { HttpMetrics } from '../metrics.ts';
import { KIB, rawBody } from '../raw-body.ts';

interface Needs {
  readonly payments: PaymentGateway;
  readonly metrics: HttpMetrics;
  readonly logger: Logger;
}

const readBytes = rawBody(32 * KIB);
const GOOD = new Set(['paid', 'duplicate', 'recorded', 'noted']);

/** Where WeChat Pay tells of payments or of refunds. What is answered says whether it has to tell again. */
export function receiveNotice(
  receive: { execute(raw: RawNotice): Promise<Received> },
  { payments, metrics, logger }: Needs,
): Handler {
  return async (ctx) => {
    const raw = { headers: headersOf(ctx), body: await readBytes(ctx) };
    const { verdict, why } = await ctx.state.inFlight
      .run(() => receive.execute(raw))
      .catch((error: unknown) => notNow(error));
    metrics.countNotice(verdict);
    if (!GOOD.has(verdict)) logger.warn({ id: ctx.state.requestId, verdict, why }, 'notice not taken');
    const { status, contentType, body } = payments.acknowledge(verdict);
    ctx.status = status;
    ctx.body = body;
    ctx.type = contentType;
  };
}

/** Trouble of ours is no reason to lose a payment: WeChat is asked to tell again. */
function notNow(error: unknown): Received {
  const isTrouble = error instanceof Outage || (error instanceof HttpFault && error.code === 'overloaded');
  if (!isTrouble) throw error;
  return { verdict: 'not-now', why: error.code };
}

function headersOf({ req }: Context): [string, string][] {
  const { rawHeaders } = req;
  return rawHeaders.flatMap((name, place) =>
    place % 2 === 0 ? [[name, rawHeaders[place + 1] ?? ''] as [string, string]] : [],
  );
}
