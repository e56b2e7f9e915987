import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HOUR, later, MINUTE } from '../../src/domain/clock.ts';
import { PAY_APIS, type PayApi } from '../../src/domain/order/pay-api.ts';
import { type Day, lastBilledDay, startOf } from '../../src/domain/statement/day.ts';
import type { Client } from '../support/client.ts';
import { runToEnd, ServerProcess } from '../support/server-process.ts';
import { temporaryFolder } from '../support/storages.ts';
import { MERCHANT_KEY, V2_KEY } from '../support/test-config.ts';
import { payEnvironment, V3_KEY, v3Environment } from '../support/v3-merchant.ts';

const APP = {
  WECHAT_APPID: 'wx4f4bc4dec97d474b',
  WECHAT_SECRET: '0123456789abcdef0123456789abcdef',
  WECHAT_PAY_MCHID: '1900000109',
  WECHAT_PAY_V2_KEY: V2_KEY,
};

/** Every command is the start of a process. */
const THOROUGHLY = process.env.WEXAGON_THOROUGH === undefined ? (['v2'] as const) : PAY_APIS;

/** As the simulator calls its own. */
const PUBLIC_KEY_ID = `PUB_KEY_ID_01${APP.WECHAT_PAY_MCHID}2026010100000000000001`;

/** A server for real, a WeChat as a program of its own, and the command beside them. */
async function town(api: PayApi = 'v2') {
  const folder = temporaryFolder();
  const keys = join(folder, 'keys');
  v3Environment(keys);
  const wechat = await ServerProcess.startSimulator(
    { ...APP, SIMULATOR_FOLDER: keys, WECHAT_PAY_V3_KEY: V3_KEY },
    folder,
  );
  const settings = {
    ...APP,
    SANDBOX: 'off',
    SECRET_KEYS: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
    WECHAT_API_BASE_URL: wechat.url,
    ...payEnvironment(api, keys),
    ...(api === 'v3' && { WECHAT_PAY_PUBLIC_KEY_ID: PUBLIC_KEY_ID }),
    WECHAT_PAY_BASE_URL: wechat.url,
    PUBLIC_BASE_URL: 'http://127.0.0.1:1',
    MERCHANT_API_KEYS: `shop:${MERCHANT_KEY}`,
    RATE_LIMIT_LOGIN: 'off',
  };
  const server = await ServerProcess.start(settings, folder);
  const wexagon = (...args: string[]) => runToEnd(args, settings, folder);
  return { folder, server, wechat: wechat.wechat, wexagon };
}

/** An order of 18 yuan that its payer has paid, of which no notice came. */
async function coffee(client: Client, wechat: ServerProcess['wechat'], number: string) {
  const { token } = await client.logIn('dev-alice');
  const wish = { description: 'a-b', amount: { total: 1_800 }, out_trade_no: number };
  await client.post('/v1/merchant/orders', wish, { token: MERCHANT_KEY });
  const { body: request } = await client.post(`/v1/orders/${number}/pay`, {}, { token });
  await wechat.call('POST', 'pay', { request, notify: false });
}

const noonOf = (day: Day): Date => later(startOf(day), 12 * HOUR);

const WRONG = [
  ['migrate', 'now'],
  ['order', 'show'],
  ['order', 'eat', 'coffee-0001'],
  ['refund', 'coffee-0001', '18.00'],
  ['bill', 'trade', '2026-02-30'],
  ['bill', 'fund-flow', '2026-11-01', '--account', 'PURSE'],
  ['reconcile'],
  ['events', 'tail', '--after', 'x'],
  ['keys', 'rotate', '--all'],
  ['storage', 'copy', '--from', 'papyrus', '--to', 'sqlite'],
];

describe('the wexagon command', () => {
  it.each(THOROUGHLY)('over %s, shows and syncs an order, pays it back, and tells what happened', async (api) => {
    const { server, wechat, wexagon } = await town(api);
    await coffee(server.client, wechat, 'coffee-0001');
    const before = await wexagon('order', 'show', 'coffee-0001');
    expect(before).toMatchObject({ code: 0, output: expect.stringContaining('coffee-0001 (prepaid)') });
    const synced = await wexagon('order', 'sync', 'coffee-0001');
    expect(synced).toMatchObject({
      code: 0,
      output: expect.stringMatching(/\(paid\)[^]*¥18\.00[^]*transaction +\d{28}/),
    });
    const refund = await wexagon('refund', 'coffee-0001', '300', '--number', 'r-1');
    expect(refund).toMatchObject({ code: 0, output: expect.stringContaining('r-1 ¥3.00 processing') });
    expect(await wexagon('refund', 'coffee-0001', '300', '--number', 'r-1')).toEqual(refund);
    const [other, waiting] = await Promise.all([
      wexagon('refund', 'coffee-0001', '301', '--number', 'r-1'),
      wexagon('refund', 'coffee-0001', '100', '--number', 'r-2'),
    ]);
    expect(other.code).toBe(1);
    const asked = /processing, next look (\S+)/.exec(refund.output)![1]!;
    expect(waiting).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^r-2 ¥1\.00 requested, next look \S+\n$/),
    });
    expect(Date.parse(/next look (\S+)/.exec(waiting.output)![1]!)).toBeGreaterThan(Date.parse(asked) - MINUTE / 2);
    const events = (await wexagon('events', 'tail')).output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.map(({ type }) => type)).toEqual([
      'order.created',
      'order.prepaying',
      'order.prepaid',
      'order.paid',
      'refund.requested',
      'refund.processing',
      'refund.requested',
    ]);
    const { body } = await server.client.get('/v1/merchant/events', { token: MERCHANT_KEY });
    expect(events).toEqual(body.events);
    const rest = await wexagon('events', 'tail', '--after', events[3].id);
    expect(rest.output.trim().split('\n')).toHaveLength(3);
  });

  it.each(PAY_APIS)('over %s, reads the bill of a day, keeps it, and puts right what a day has lost', async (api) => {
    const { folder, server, wechat, wexagon } = await town(api);
    const day = lastBilledDay(new Date());
    for (const number of ['coffee-0001', 'coffee-0002']) {
      await coffee(server.client, wechat, number);
      await wechat.call('PATCH', `trades/${number}`, { paid_at: noonOf(day).toISOString() });
    }
    const bill = await wexagon('bill', 'trade', day);
    expect(bill).toMatchObject({ code: 0, output: expect.stringMatching(/rows +2\n[^]*应结订单总金额 +36\.00/) });
    expect(await wexagon('bill', 'trade', day, '--csv', 'bill.csv')).toMatchObject({ code: 0 });
    expect(readFileSync(join(folder, 'bill.csv'), 'utf8')).toContain('`coffee-0002,');
    expect(await wexagon('bill', 'fund-flow', day)).toMatchObject({ code: 0 });
    const reconciled = await wexagon('reconcile', day);
    expect(reconciled.output).toMatch(/paid-there-only +coffee-0001 [^]*put right[^]*Nothing is left to see to/);
    expect(reconciled.code).toBe(0);
    const { body } = await server.client.get('/v1/merchant/orders/coffee-0002', { token: MERCHANT_KEY });
    expect(body.state).toBe('paid');
    const read = await server.client.get(`/v1/merchant/reconciliations/${day}`, { token: MERCHANT_KEY });
    expect(read).toMatchObject({ status: 200, body: { state: 'done' } });
  });

  it('says how the house is, and what is wrong with it', async () => {
    const { wexagon } = await town();
    const { output, code } = await wexagon('doctor');
    for (const what of ['configuration', 'storage', 'WeChat', 'WeChat Pay', 'spare host', 'certificate'])
      expect(output).toMatch(new RegExp(`^✓ ${what} `, 'm'));
    expect(output).toMatch(/^✗ notify URL .*https/m);
    expect(code).toBe(1);
    const broken = await runToEnd(['doctor'], { SANDBOX: 'off' }, temporaryFolder());
    expect(broken).toMatchObject({ code: 1, output: expect.stringContaining('✗ configuration') });
  });

  it('tells a wrong use from work that was not done, before it reads the configuration or opens the storage', async () => {
    const folder = temporaryFolder();
    const told = async (words: readonly string[]) => ({
      words,
      ...(await runToEnd([...words], { SANDBOX: 'off' }, folder)),
    });
    const wrong = await Promise.all(WRONG.map(told));
    for (const { words, code, output } of wrong) {
      expect(code, words.join(' ')).toBe(2);
      expect(output, words.join(' ')).not.toContain('configuration');
    }
    expect(await told(['order', 'show', 'nothing-there'])).toMatchObject({
      code: 1,
      output: expect.stringContaining('configuration'),
    });
    expect(readdirSync(folder)).toEqual([]);
    expect(await runToEnd(['order', 'show', 'nothing-there'], {}, folder)).toMatchObject({
      code: 1,
      output: 'There is no such order.\n',
    });
  });

  it('asks no WeChat from outside a sandbox, whose WeChat is inside', async () => {
    const folder = temporaryFolder();
    expect(await runToEnd(['migrate'], {}, folder)).toMatchObject({ code: 0 });
    const { code, output } = await runToEnd(['order', 'sync', 'coffee-0001'], {}, folder);
    expect({ code, output }).toEqual({ code: 2, output: expect.stringContaining('sandbox') });
  });

  it('has help for every command', async () => {
    const { output } = await runToEnd(['--help'], {}, temporaryFolder());
    const commands = [...output.matchAll(/^ {2}([a-z]+(?: [a-z-]+)?) {2,}\S/gm)].map(([, name]) => name!);
    expect(commands).toHaveLength(17);
    for (const command of commands) {
      const help = await runToEnd([...command.split(' '), '--help'], {}, temporaryFolder());
      expect(help).toMatchObject({ code: 0, output: expect.stringContaining(`Usage: wexagon ${command}`) });
      if (command.startsWith('bill ')) expect(help.output).toMatch(/WeChat's own[^]*spreadsheet/);
    }
  });
});

describe('wexagon reconcile --again', () => {
  it(
    'compares anew a day that has failed, and one that is done, when somebody has mended what was wrong',
    { timeout: 60_000 },
    async () => {
      const { server, wechat, wexagon } = await town();
      const day = lastBilledDay(new Date());
      const merchant = { token: MERCHANT_KEY };
      await coffee(server.client, wechat, 'coffee-0001');
      await wechat.call('PATCH', 'trades/coffee-0001', { paid_at: noonOf(day).toISOString() });
      await server.client.post('/v1/merchant/orders/coffee-0001/sync', {}, merchant);

      await wechat.call('POST', 'bills/harm', { totals: { 总交易单数: '7' }, times: 3 });
      for (const _attempt of [1, 2]) {
        const { code, output } = await wexagon('reconcile', day);
        expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining('do not understand') });
      }
      const failed = { code: 1, output: expect.stringContaining(`wexagon reconcile ${day} --again`) };
      expect(await wexagon('reconcile', day)).toEqual(failed);
      const read = await server.client.get(`/v1/merchant/reconciliations/${day}`, merchant);
      expect(read.body).toMatchObject({ state: 'failed', differences: [] });

      await wechat.call('POST', 'bills/harm', { drop: ['coffee-0001'] });
      const missing = { code: 1, output: expect.stringMatching(/paid-here-only +coffee-0001 [^]*1 are left/) };
      expect(await wexagon('reconcile', day, '--again')).toEqual(missing);
      await wechat.call('DELETE', 'bills/harm');
      const mended = expect.stringContaining(`${day}: 1 agree, 0 differ\nNothing is left`);
      expect(await wexagon('reconcile', day, '--again')).toEqual({ code: 0, output: mended });
      const { body } = await server.client.get('/v1/merchant/events', merchant);
      const anomalies = body.events.filter(({ type }: { type: string }) => type === 'anomaly.raised');
      expect(anomalies).toMatchObject([{ out_trade_no: 'coffee-0001', data: { kind: 'missing-in-bill' } }]);
    },
  );
});
