import { isIP } from 'node:net';
import type { Context } from '../context.ts';
import { HttpFault } from '../http-fault.ts';

/** WeChat wants to know the payer's address; of one who has hung up there is none, and no answer to give either. */
export function callerAddress({ state: { callerIp } }: Context): string {
  if (isIP(callerIp) === 0) throw new HttpFault('malformed-request', 'The caller has left.');
  return callerIp;
}
