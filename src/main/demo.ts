import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseEnv } from 'node:util';
import { serve } from './serve.ts';

/** What the story reads out of the answers. */
interface Answers {
  readonly token: string;
  readonly user_id: string;
  readonly out_trade_no: string;
  readonly state: string;
  readonly transaction_id: string;
  readonly package: string;
  readonly events: readonly { readonly type: string; readonly sequence: number }[];
}

type Ask = (method: string, path: string, body?: object, key?: string) => Promise<Answers>;

interface Cast {
  readonly ask: Ask;
  readonly merchantKey: string;
}

/** `npm run demo`: the whole story of a payment, and of one whose notice is lost, against a WeChat of our own. */
async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'wexagon-demo-'));
  const environment = { SANDBOX: 'on', STORAGE: 'memory', SQLITE_PATH: join(folder, 'demo.db'), PORT: '0' };
  const serving = await serve({ ...environment, LOG_LEVEL: 'warn' }, () => {});
  try {
    const { MERCHANT_API_KEYS = '' } = parseEnv(readFileSync(join(folder, 'sandbox.env'), 'utf8'));
    const merchantKey = MERCHANT_API_KEYS.slice(MERCHANT_API_KEYS.indexOf(':') + 1);
    await play({ ask: asker(serving.url), merchantKey });
  } finally {
    await serving.stop();
    rmSync(folder, { recursive: true });
  }
}

async function play(cast: Cast): Promise<void> {
  say('A payment, from the code of wx.login to the money\n');
  const alice = await logIn(cast);
  const number = await order(cast, alice.user_id);
  await payIt(cast, alice.token, number, true);
  await untilPaid(cast, number);

  say('\nAnother one, and WeChat’s notice of it is lost on the way\n');
  const second = await order(cast, alice.user_id);
  await payIt(cast, alice.token, second, false);
  const before = await cast.ask('GET', `/v1/orders/${second}`, undefined, alice.token);
  step('the server has heard nothing', `state: ${before.state}`);
  const after = await cast.ask('POST', `/v1/orders/${second}/sync`, {}, alice.token);
  step('asked to, it looks itself (it would have within 15 s)', `state: ${after.state}`);
  await tellEvents(cast);
}

async function logIn({ ask }: Cast): Promise<Answers> {
  const alice = await ask('POST', '/v1/login', { code: 'dev-alice' });
  step('Alice opens the mini program: POST /v1/login', `user_id: ${alice.user_id}`);
  return alice;
}

async function order({ ask, merchantKey }: Cast, userId: string): Promise<string> {
  const wish = { description: 'Cafe-Latte', amount: { total: 1_800 }, payer: { user_id: userId } };
  const placed = await ask('POST', '/v1/merchant/orders', wish, merchantKey);
  step('the merchant names the price: POST /v1/merchant/orders', `${placed.out_trade_no}, ¥18.00, ${placed.state}`);
  return placed.out_trade_no;
}

async function payIt({ ask }: Cast, token: string, number: string, notify: boolean): Promise<void> {
  const request = await ask('POST', `/v1/orders/${number}/pay`, {}, token);
  step('her phone gets what wx.requestPayment takes: POST /v1/orders/…/pay', request.package);
  const paid = await ask('POST', '/_simulator/pay', { request, notify });
  step('Alice pays in WeChat', `transaction_id: ${paid.transaction_id}`);
}

async function untilPaid({ ask, merchantKey }: Cast, number: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const { state, transaction_id } = await ask('GET', `/v1/merchant/orders/${number}`, undefined, merchantKey);
    if (state === 'paid') return step('WeChat’s notice is verified, compared and written', `paid by ${transaction_id}`);
    await wait(50);
  }
  throw new Error('the notice did not arrive');
}

async function tellEvents({ ask, merchantKey }: Cast): Promise<void> {
  const { events } = await ask('GET', '/v1/merchant/events', undefined, merchantKey);
  say('\nWhat the merchant can read of it: GET /v1/merchant/events\n');
  for (const { type, sequence } of events) say(`    ${sequence}. ${type}`);
  say('\nNow run `npm start` and do it by hand; README tells how.\n');
}

const asker =
  (url: string): Ask =>
  async (method, path, body, key) => {
    const response = await fetch(url + path, {
      method,
      headers: { 'content-type': 'application/json', ...(key !== undefined && { authorization: `Bearer ${key}` }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Answers;
  };

const step = (what: string, outcome: string): void => say(`  ✓ ${what}\n      ${outcome}`);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

main().catch((error: unknown) => {
  process.stderr.write(`  ✗ ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
