import type { Told } from '../api-document.ts';
import type { Chance } from '../storm/chance.ts';
import { MERCHANT_KEY } from '../test-config.ts';
import { DAY, NUMBERS, REFUND_PAIRS } from './furniture.ts';
import { type Asking, envelope, LOGIN_CODE } from './house.ts';
import { garbage, mutated, mutatedBytes, NASTY } from './mutations.ts';
import { mutatedJson } from './mutated-json.ts';

/** One operation of the document, and what is told of it. */
export type Operation = readonly [name: string, told: Told];

const ENVELOPE = envelope();
const { encryptedData, iv } = ENVELOPE;

/** Bodies that fit the house, where the document's own example does not. */
const BODIES: Readonly<Record<string, readonly unknown[]>> = {
  'POST /v1/login': [{ code: LOGIN_CODE }],
  'POST /miniprogram_auth/login': [{ code: LOGIN_CODE }],
  'POST /v1/me/profile': [ENVELOPE, { encryptedData, iv }],
  'POST /miniprogram_auth/updateUserInfo': [ENVELOPE, { encryptedData, iv }],
  'POST /v1/merchant/orders': [
    { description: 'Cafe-Latte', amount: { total: 1_800 } },
    {
      out_trade_no: 'pickup-1',
      description: 'Wexagon-拿铁咖啡',
      amount: { total: 1_800, currency: 'CNY' },
      payer: { openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' },
      attach: 'table 7',
      time_expire: '2026-11-22T13:30:00+08:00',
      metadata: { table: '7', guests: 'two' },
    },
  ],
  'POST /v1/merchant/orders/{out_trade_no}/pay': [
    { trade_type: 'NATIVE' },
    { trade_type: 'APP' },
    { trade_type: 'H5', payer_client_ip: '198.51.100.7' },
  ],
  'POST /v1/merchant/orders/{out_trade_no}/refunds/{out_refund_no}/abnormal': [
    { type: 'MERCHANT_BANK_CARD' },
    { type: 'USER_BANK_CARD', bank_type: 'ICBC_DEBIT', bank_account: '6222020200000000000', real_name: '张三' },
  ],
};

const PLACES: Readonly<Record<string, readonly string[]>> = {
  id: ['current'],
  out_trade_no: NUMBERS,
  out_refund_no: REFUND_PAIRS.map(([, back]) => back),
  event_id: ['evt_0000000000000001', 'evt_0000000000000004'],
  day: [DAY],
};

const QUERIES: Readonly<Record<string, string>> = { after: 'evt_0000000000000001', date: DAY, wait: '2' };

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'];

/** A request for this operation with so much of it wrong, from nothing at all to everything. */
export function askingFor(chance: Chance, [name, told]: Operation, token: string): Asking {
  const [own = '', path = ''] = name.split(' ');
  const wrong = chance.oneOf([0, 0.2, 0.5, 1]);
  const method = chance.is(wrong / 20) ? chance.oneOf(METHODS) : own;
  const target = targetOf(chance, pathOf(chance, path, wrong / 4), queryOf(chance, told, wrong / 2));
  // Who sends a body with a GET is answered before it is read.
  const body = method === own && own !== 'GET' ? bodyOf(chance, name, told, wrong) : undefined;
  return { method, target, headers: headersOf(chance, told, token, wrong / 4, body), body };
}

/** Other characters are refused by HTTP itself. */
function targetOf(chance: Chance, path: string, query: string): string {
  const target = chance.is(0.005)
    ? `${chance.oneOf(['/', '//', 'http://'])}${mutated(chance, path + query)}`
    : path + query;
  return target.replace(/[^\x21-\x7e]/g, '%20');
}

function pathOf(chance: Chance, path: string, rate: number): string {
  const pair: readonly string[] = chance.oneOf(REFUND_PAIRS);
  const isPair = path.includes('out_refund_no') && chance.is(0.7);
  const filled = path.replace(/\{(\w+)\}/g, (_place, name: string) => {
    const right = isPair ? pair[name === 'out_trade_no' ? 0 : 1]! : chance.oneOf(PLACES[name] ?? ['none']);
    if (!chance.is(rate)) return right;
    const odd = chance.is(0.5) ? mutated(chance, right) : chance.oneOf(NASTY);
    return chance.is(0.8) ? encodeURIComponent(odd.toWellFormed()) : odd;
  });
  return chance.is(rate / 8) ? `${filled}${chance.oneOf(['/', '//', '/x', '%2f', '/..', '.json'])}` : filled;
}

function queryOf(chance: Chance, { parameters }: Told, rate: number): string {
  const known = parameters.filter(
    ({ example, name }) => name !== undefined && example !== undefined && !(name in PLACES),
  );
  const given = known.flatMap(({ example, name = '' }): [string, string][] => {
    if (chance.is(0.3)) return [];
    const right = QUERIES[name] ?? String(example);
    const pair: [string, string] = [name, chance.is(rate) ? mutated(chance, right) : right];
    return chance.is(rate / 8) ? [pair, [name, chance.oneOf(NASTY)]] : [pair];
  });
  if (chance.is(rate / 4)) given.push([chance.oneOf(NASTY), chance.oneOf(NASTY)]);
  if (given.length === 0) return '';
  const text = given.map((pair) => pair.map((word) => encodeURIComponent(word.toWellFormed())).join('=')).join('&');
  return `?${chance.is(rate / 8) ? mutated(chance, text) : text}`;
}

function bodyOf(chance: Chance, name: string, { requestBody }: Told, wrong: number): Buffer | undefined {
  const example = requestBody?.content['application/json']?.example;
  const bodies = BODIES[name] ?? (example === undefined ? [] : [example]);
  if (bodies.length === 0) return chance.is(wrong / 4) ? Buffer.from(garbage(chance)) : undefined;
  const right = chance.oneOf(bodies);
  if (!chance.is(wrong * 2)) return Buffer.from(JSON.stringify(right));
  const bytes = Buffer.from(mutatedJson(chance, right));
  return chance.is(0.1) ? mutatedBytes(chance, bytes) : bytes;
}

function headersOf(
  chance: Chance,
  { security }: Told,
  token: string,
  rate: number,
  body?: Buffer,
): Record<string, string> {
  const credential = security.some((one) => 'merchant' in one) ? MERCHANT_KEY : token;
  const bent = (value: string): string => (chance.is(rate) ? mutated(chance, value) : value);
  const all: Record<string, string> = {
    ...(security.length > 0 && {
      authorization: chance.is(rate / 4) ? chance.oneOf(['', MERCHANT_KEY, token]) : bent(`Bearer ${credential}`),
    }),
    ...(body && { 'content-type': bent('application/json'), 'content-length': String(body.length) }),
    ...(chance.is(0.1) && { 'idempotency-key': bent('a-key-of-the-shop') }),
    ...(chance.is(rate) && { [chance.oneOf(OTHERS)]: chance.oneOf(NASTY) }),
    'user-agent': bent('MicroMessenger/8.0.50'),
  };
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, sendable(value)]));
}

const OTHERS = [
  'accept',
  'accept-encoding',
  'content-encoding',
  'x-forwarded-for',
  'x-request-id',
  'cookie',
  'if-none-match',
  'range',
  'origin',
];

/** Other characters are refused by node's own client. */
const sendable = (value: string): string => value.replace(/[^\t\x20-\x7e\x80-\xff]/g, '');
