import { type AllowList, addressIn, isNamed, portOf } from './allow-list.ts';
import { isForbidden } from './forbidden-addresses.ts';

/** Why a receiver must not be called, as far as its address tells; to be read behind the variable's name. */
export function objectionTo(url: URL, allowed: AllowList): string | undefined {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must begin with https://';
  if (url.username !== '' || url.password !== '') return 'must have no user and no password in it';
  if (isNamed(allowed, url)) return undefined;
  if (url.protocol !== 'https:') return `must begin with https://, ${OR_BE_NAMED}`;
  if (!isUsual(Number(portOf(url)))) return `must have port 443 or one above 1023, ${OR_BE_NAMED}`;
  const address = addressIn(url);
  if (address !== undefined && isForbidden(address)) return `must be an address of the public internet, ${OR_BE_NAMED}`;
  return undefined;
}

const OR_BE_NAMED = 'or be named in WEBHOOK_ALLOW_INTERNAL';

/** Below are the ports of other services, which are not to be spoken to by webhook. */
const isUsual = (port: number): boolean => port === 443 || port >= 1_024;
