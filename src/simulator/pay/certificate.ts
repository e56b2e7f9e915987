import { TLSSocket } from 'node:tls';
import type { Context } from 'koa';
import type { SimulatedMerchant } from './merchant.ts';

/** That there is a certificate is all that is asked; whose it is only the original can tell. */
export const lacksCertificate = ({ req: { socket } }: Context, { requireCertificate = false }: SimulatedMerchant) =>
  requireCertificate && !(socket instanceof TLSSocket && socket.getPeerX509Certificate());

export function refuseUncertified(ctx: Context): void {
  ctx.status = 400;
  ctx.type = 'text/html';
  ctx.body = '<html><head><title>400 No required SSL certificate was sent</title></head><body>nginx</body></html>';
}
