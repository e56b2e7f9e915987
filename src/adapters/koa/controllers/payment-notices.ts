import type { Logger } from 'pino';
import type { ReceiveNotice, Received } from '../../../application/receive-notice.ts';
import type { NoticeReader } from '../../../domain/order/notice-reader.ts';
import { Outage } from '../../../domain/outage.ts';
import type { Context, Handler } from '../context.ts';
import { HttpFault } from '../http-fault.ts';
import type { HttpMetrics } from '../metrics.ts';
import { KIB, rawBody } from '../raw-body.ts';

interface Needs {
  readonly receiveNotice: ReceiveNotice;
  readonly metrics: HttpMetrics;
  readonly logger: Logger;
}

const readBytes = rawBody(32 * KIB);
const GOOD = new Set(['paid', 'duplicate', 'recorded', 'noted', 'ignored']);

/** Where WeChat Pay tells of payments and refunds. What is answered says whether it has to tell again. */
export function receiveNotice(reader: NoticeReader, { receiveNotice: receive, metrics, logger }: Needs): Handler {
  return async (ctx) => {
    const raw = { headers: headersOf(ctx), body: await readBytes(ctx) };
    const { verdict, why } = await ctx.state.inFlight
      .run(() => receive.execute(raw, reader))
      .catch((error: unknown) => notNow(error));
    metrics.countNotice(verdict);
    if (!GOOD.has(verdict)) logger.warn({ id: ctx.state.requestId, verdict, why }, 'notice not taken');
    const { status, contentType, body } = reader.acknowledge(verdict);
    ctx.body = body;
    ctx.type = contentType;
    ctx.status = status;
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
