import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';

/** A shop's own backend: it names the price, has Wexagon take the money, and hears of it from the event log. */
const { PORT = '8080', WEXAGON_URL = 'http://127.0.0.1:3000', WEXAGON_KEY = '' } = process.env;

/** Prices in fen. */
const MENU: Readonly<Record<string, number>> = { espresso: 1_200, latte: 1_800, croissant: 950 };

type Items = Readonly<Record<string, number>>;
type Pickup = { id: string; items: Items; total: number; state: 'unpaid' | 'paid' | 'given up' };
type Page = { events: { type: string; out_trade_no: string; data: object }[]; next_after: string | null };

/** A real shop keeps these in its database, and with them the place in the event log that it has read to. */
const pickups = new Map<string, Pickup>();

async function answer(request: IncomingMessage): Promise<[status: number, body: object]> {
  const route = `${request.method} ${request.url}`;
  if (route === 'GET /menu') return [200, MENU];
  if (route === 'POST /pickups') return place(readItems(await text(request)), request.headers.authorization ?? '');
  const pickup = pickups.get(/^GET \/pickups\/(\w+)$/.exec(route)?.[1] ?? '');
  return pickup ? [200, pickup] : [404, { error: 'not found' }];
}

/** What and how many, never for how much: a price is refused like everything else that we did not ask for. */
function readItems(body: string): Items | undefined {
  const { items, ...rest } = JSON.parse(body) as { items?: Items };
  const wanted = Object.entries(items ?? {});
  const isKnown = wanted.every(([name, n]) => Object.hasOwn(MENU, name) && Number.isInteger(n) && n >= 1 && n <= 20);
  return isKnown && wanted.length > 0 && Object.keys(rest).length === 0 ? items : undefined;
}

/** Written down first and ordered then, under one number: whatever breaks in between, there is no second order. */
async function place(items: Items | undefined, authorization: string): Promise<[number, object]> {
  if (!items) return [400, { error: 'send {"items": {"latte": 1}} and nothing else: the prices are ours' }];
  // The phone shows the token that it has from Wexagon, and Wexagon says whose it is.
  const me = await fetch(`${WEXAGON_URL}/v1/me`, { headers: { authorization } });
  if (!me.ok) return [me.status, { error: 'log in first' }];
  const { user_id } = (await me.json()) as { user_id: string };
  const total = Object.entries(items).reduce((sum, [name, count]) => sum + MENU[name]! * count, 0);
  const pickup: Pickup = { id: randomUUID().replaceAll('-', ''), items, total, state: 'unpaid' };
  pickups.set(pickup.id, pickup);
  await wexagon('/v1/merchant/orders', `pickup-${pickup.id}`, {
    out_trade_no: pickup.id,
    description: 'Coffee-Pickup',
    amount: { total },
    payer: { user_id },
  });
  return [201, pickup];
}

/** Asks again after an outage; with its Idempotency-Key, an order that is sent again is made once. */
async function wexagon(path: string, key?: string, order?: object, tries = 3): Promise<unknown> {
  const headers = { authorization: `Bearer ${WEXAGON_KEY}`, 'content-type': 'application/json' };
  const sent = order && {
    method: 'POST',
    body: JSON.stringify(order),
    headers: { ...headers, 'idempotency-key': key! },
  };
  const response = await fetch(WEXAGON_URL + path, sent ?? { headers }).catch(() => Response.error());
  if (response.ok) return response.json();
  const isNo = response.status >= 400 && response.status < 500;
  if (isNo || tries === 1) throw new Error(`Wexagon: ${response.status} ${await response.text()}`);
  await wait(1_000);
  return wexagon(path, key, order, tries - 1);
}

/** Reads on behind what was read last, for ever: no payment is missed, whatever the phone says or does. */
async function follow(): Promise<never> {
  for (let after = ''; ; await wait(500)) {
    try {
      const { events, next_after } = (await wexagon(`/v1/merchant/events?limit=500${after}`)) as Page;
      for (const event of events) hear(event);
      after = next_after === null ? '' : `&after=${next_after}`;
    } catch (error) {
      process.stderr.write(`events: ${String(error)}\n`);
    }
  }
}

/** A closed order may still become paid, and a paid one nothing else: the last word counts. */
function hear({ type, out_trade_no, data }: Page['events'][number]): void {
  const pickup = pickups.get(out_trade_no);
  if (pickup && type === 'order.paid') pickup.state = 'paid';
  if (pickup && (type === 'order.closed' || type === 'order.failed')) pickup.state = 'given up';
  if (type === 'anomaly.raised') process.stderr.write(`look at order ${out_trade_no}: ${JSON.stringify(data)}\n`);
}

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [status, body] = await answer(request).catch(failed);
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

const failed = (error: unknown): [number, object] => [
  error instanceof SyntaxError ? 400 : 502,
  { error: String(error) },
];

const server = createServer((request, response) => void respond(request, response));
server.listen(Number(PORT), '127.0.0.1', () => {
  process.stdout.write(`The shop listens at http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
await follow();
