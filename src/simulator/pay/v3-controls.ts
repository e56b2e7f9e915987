import { createPublicKey } from 'node:crypto';
import type Router from '@koa/router';
import { z } from 'zod';
import { controlBody, readControl } from '../control-body.ts';
import { Refused } from '../refused.ts';
import type { Pay } from './pay.ts';
import { NO_V3, type PlatformCertificate, type V3Platform } from './v3-platform.ts';

const DAY = 86_400;

/** Seconds for which the old certificates are listed yet. */
const rotationBody = z.strictObject({
  overlap: z
    .number()
    .min(0)
    .max(3_650 * DAY)
    .default(DAY),
});

const keysBody = z.strictObject({ sign_with: z.enum(['certificate', 'public-key']) });

export const V3_CONTROLS = {
  'GET /_simulator/pay-v3/keys':
    '{sign_with, serial, certificates: [{serial_no, effective_time, expire_time, certificate}], public_key?: {id, key}}: what version 3 signs with; `serial` names the key of the next notice',
  'PUT /_simulator/pay-v3/keys':
    '{sign_with: certificate|public-key}: what notices are signed with, as while WeChat moves a merchant from the one to the other; an answer is signed with the public key when the request names it, and with the newest certificate otherwise',
  'POST /_simulator/pay-v3/certificates/rotate':
    '{overlap?} -> {serial_no, effective_time, expire_time, certificate}: a new platform certificate, which signs from now on; the old ones are listed for `overlap` seconds yet (a day)',
};

export function serveV3Controls(router: Router, { v3 }: Pay): void {
  router.get('/_simulator/pay-v3/keys', (ctx) => {
    ctx.body = keysView(platformOf(v3));
  });
  router.put('/_simulator/pay-v3/keys', controlBody, (ctx) => {
    const { sign_with } = readControl(ctx, keysBody);
    const platform = platformOf(v3);
    const isThere = sign_with === 'public-key' ? platform.publicKey : platform.certificates()[0];
    if (!isThere) throw new Refused(409, `the merchant has no ${sign_with}`);
    platform.signWith = sign_with;
    ctx.status = 204;
  });
  router.post('/_simulator/pay-v3/certificates/rotate', controlBody, (ctx) => {
    const { overlap } = readControl(ctx, rotationBody);
    const made = platformOf(v3).rotate(overlap * 1_000);
    if (!made) throw new Refused(409, 'the merchant has no certificate');
    ctx.body = certificateView(made);
  });
}

function platformOf(v3: Pay['v3']): V3Platform {
  if (!v3) throw new Refused(409, NO_V3);
  return v3.platform;
}

const keysView = (platform: V3Platform) => ({
  sign_with: platform.signWith,
  serial: platform.noticeSigner().serial,
  certificates: platform.certificates().map(certificateView),
  ...(platform.publicKey && {
    public_key: {
      id: platform.publicKey.id,
      key: createPublicKey(platform.publicKey.key).export({ type: 'spki', format: 'pem' }),
    },
  }),
});

const certificateView = ({ serial, startsAt, expiresAt, pem }: PlatformCertificate) => ({
  serial_no: serial,
  effective_time: startsAt.toISOString(),
  expire_time: expiresAt.toISOString(),
  certificate: pem,
});
