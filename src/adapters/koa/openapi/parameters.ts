import type { z } from 'zod';
import type { Json } from './operation.ts';
import type { Route } from './routes-of.ts';
import type { Schemas } from './schemas.ts';

const IN_PATHS: Readonly<Record<string, { readonly example: string; readonly description: string }>> = {
  id: { example: '78c1ca54-0d9b-4edb-a805-340482a34503', description: 'The id of the session, or `current`.' },
  out_trade_no: { example: 'pickup-1', description: 'The number of the order (商户订单号).' },
  out_refund_no: { example: 'pickup-1-back', description: 'The number of the refund (商户退款单号).' },
  event_id: { example: 'evt_0000000000000004', description: 'The id of an event.' },
  day: { example: '2026-11-21', description: 'A day of UTC+8.' },
};

const IN_QUERIES: Readonly<Record<string, string>> = {
  account: 'BASIC',
  after: 'evt_0000000000000004',
  begin: '2026-11-21T00:00:00+08:00',
  cursor: 'MTc5NTM0NzQwNjQwNC5waWNrdXAtMQ',
  date: '2026-11-21',
  end: '2026-11-22T00:00:00+08:00',
  limit: '20',
  state: 'paid',
  type: 'ALL',
  wait: '30',
};

/** Everything about a request but its body. */
export function parametersOf(route: Route, schemas: Schemas): Json[] {
  return [...inPath(route), ...(route.query ? inQuery(route.query, schemas) : []), ...inHeaders(route)];
}

const inPath = ({ path }: Route): Json[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
    ...IN_PATHS[name],
  }));

function inQuery(query: z.ZodType, schemas: Schemas): Json[] {
  const { properties = {}, required = [] } = schemas.sent(query) as {
    readonly properties?: Readonly<Record<string, Json>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(description !== undefined && { description }),
    schema,
    ...(IN_QUERIES[name] !== undefined && { example: IN_QUERIES[name] }),
  }));
}

const inHeaders = (route: Route): Json[] =>
  isKeyed(route) ? [{ $ref: '#/components/parameters/IdempotencyKey' }] : [];

/** Merchants may name their wishes, all of them. */
export const isKeyed = ({ credential, method }: Route): boolean => credential === 'merchant' && method === 'POST';
