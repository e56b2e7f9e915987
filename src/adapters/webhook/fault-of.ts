import type { WebhookFault } from '../../domain/webhook/delivery.ts';
import { ForbiddenAddress } from './resolved-receiver.ts';

/** OpenSSL's and Node's words for a certificate that does not hold. */
const UNTRUSTED = /CERT|SIGNATURE|SELF_SIGNED|ISSUER|ERR_TLS/;

/** What answers is no HTTP, or no TLS. */
const UNREADABLE = /^(HPE_|EPROTO|ERR_SSL_)/;

/** What kept an answer from coming. The error itself is let go: it may hold the URL, and that a token. */
export function faultOf(error: unknown, deadline: AbortSignal): WebhookFault {
  if (error instanceof ForbiddenAddress) return 'forbidden-address';
  if (deadline.aborted) return 'timeout';
  const code = String((error as { code?: unknown } | undefined)?.code);
  if (UNREADABLE.test(code)) return 'unreadable';
  return UNTRUSTED.test(code) ? 'untrusted-certificate' : 'unreachable';
}
