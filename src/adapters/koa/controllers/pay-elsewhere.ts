import { isIP } from 'node:net';
import { z } from 'zod';
import type { AnswerOnce } from '../../../application/answer-once.ts';
import type { FindOrder } from '../../../application/find-order.ts';
import type { PayElsewhere, PaymentPass } from '../../../application/pay-elsewhere.ts';
import type { PassJson } from '../answers/payment.ts';
import { answeredOnce } from '../answered-once.ts';
import type { Handler } from '../context.ts';
import { withJson } from '../json-body.ts';
import { callerAddress } from './caller-address.ts';

const payBody = z
  .strictObject({
    trade_type: z.enum(['NATIVE', 'H5', 'APP']),
    payer_client_ip: z
      .string()
      .refine((address) => isIP(address) !== 0 && !address.includes('%'), 'An IP address, without a zone.')
      .nullish()
      .describe("The payer's address. H5 needs it; else WeChat is told yours where it is not given."),
  })
  .refine(({ trade_type, payer_client_ip }) => trade_type !== 'H5' || (payer_client_ip ?? null) !== null, {
    path: ['payer_client_ip'],
    error: 'For H5, WeChat has to know the address of the one who pays.',
  })
  .meta({ id: 'PayElsewhere' });

interface Needs {
  readonly payElsewhere: PayElsewhere;
  readonly answerOnce: AnswerOnce;
}

/** `POST /v1/merchant/orders/{out_trade_no}/pay`: `{trade_type, payer_client_ip?}` -> a code, a page, or what an app takes. */
export function payElsewhere(find: FindOrder, { payElsewhere: pay, answerOnce }: Needs): Handler {
  return withJson(payBody, (ctx, body) =>
    answeredOnce(answerOnce, ctx, body, async () => {
      const order = await find.execute(String(ctx.params.out_trade_no));
      const clientIp = body.payer_client_ip ?? callerAddress(ctx);
      return { status: 200, body: passJson(await pay.execute(order, { tradeType: body.trade_type, clientIp })) };
    }),
  );
}

function passJson(pass: PaymentPass): PassJson {
  if (pass.tradeType === 'APP') return { trade_type: 'APP', ...pass.request };
  const expires_at = pass.expiresAt.toISOString();
  if (pass.tradeType === 'NATIVE') return { trade_type: 'NATIVE', code_url: pass.url, expires_at };
  return { trade_type: 'H5', h5_url: pass.url, expires_at };
}
