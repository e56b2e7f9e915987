import type { Middleware } from '../context.ts';
import { demanding } from '../demands.ts';
import { HttpFault } from '../http-fault.ts';
import type { MerchantKeys } from '../merchant-keys.ts';

const AUTHORIZATION = /^Bearer +([\x21-\x7e]{1,512})$/i;

/** Lets nobody past but merchant backends; a user's token is told that it is the wrong kind. */
export function merchant(keys: MerchantKeys): Middleware {
  const guard: Middleware = async (ctx, next) => {
    const key = AUTHORIZATION.exec(ctx.get('Authorization'))?.[1] ?? '';
    const name = keys.recognise(key);
    if (name === undefined) throw key.startsWith('mpt_') ? wrongKind() : unknown();
    ctx.state.merchant = name;
    await next();
  };
  return demanding({ credential: 'merchant', refuses: ['merchant-not-authenticated', 'merchant-key-needed'] }, guard);
}

const unknown = () =>
  new HttpFault(
    'merchant-not-authenticated',
    'A merchant key is needed: one of MERCHANT_API_KEYS, as a Bearer token.',
    {
      headers: { 'WWW-Authenticate': 'Bearer' },
    },
  );

const wrongKind = () =>
  new HttpFault('merchant-key-needed', "This is for merchant backends: a user's token is not enough.");
