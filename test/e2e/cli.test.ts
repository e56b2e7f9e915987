import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DAY, later } from '../../src/domain/clock.ts';
import { dayOf } from '../../src/domain/statement/day.ts';
import type { Client } from '../support/client.ts';
import { runToEnd, ServerProcess } from '../support/server-process.ts';
import { temporaryFolder } from '../support/storages.ts';
import { MERCHANT_KEY, V2_KEY } from '../support/test-config.ts';

const APP = {
  WECHAT_APPID: 'wx4f4bc4dec97d474b',
  WECHAT_SECRET: '0123456789abcdef0123456789abcdef',
  WECHAT_PAY_MCHID: '1900000109',
  WECHAT_PAY_V2_KEY: V2_KEY,
};

/** A server for real, a WeChat as a program of its own, and the command beside them. */
async function town() {
  const folder = temporaryFolder();
  const wechat = await ServerProcess.startSimulator(APP, folder);
  const settings = {
    ...APP,
    SANDBOX: 'off',
    SECRET_KEYS: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
    WECHAT_API_BASE_URL: wechat.url,
    WECHAT_PAY_API: 'v2',
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

describe('the wexagon command', () => {
  it('shows and syncs an order, pays it back, and tells what happened', async () => {
    const { server, wechat, wexagon } = await town();
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
    expect((await wexagon('refund', 'coffee-0001', '301', '--number', 'r-1')).code).toBe(1);
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
    ]);
    const rest = await wexagon('events', 'tail', '--after', events[3].id);
    expect(rest.output.trim().split('\n')).toHaveLength(2);
  });

  it('reads the bill of a day, keeps it, and puts right what a day has lost', async () => {
    const { folder, server, wechat, wexagon } = await town();
    const yesterday = later(new Date(), -DAY);
    const day = dayOf(yesterday);
    for (const number of ['coffee-0001', 'coffee-0002']) {
      await coffee(server.client, wechat, number);
      await wechat.call('PATCH', `trades/${number}`, { paid_at: yesterday.toISOString() });
    }
    const bill = await wexagon('bill', 'trade', day);
    expect(bill).toMatchObject({ code: 0, output: expect.stringMatching(/rows +2[^]*36\.00/) });
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

  it('tells a wrong use from work that was not done', async () => {
    const { wexagon } = await town();
    expect((await wexagon('order', 'show', 'nothing-there')).code).toBe(1);
    for (const wrong of [
      ['order', 'show'],
      ['order', 'show', 'a', 'b'],
      ['refund', 'coffee-0001', '18.00'],
      ['bill', 'trade', 'yesterday'],
      ['bill', 'trade', '2026-02-30'],
      ['bill', 'trade', '2026-11-01', '--type', 'SOME'],
      ['events', 'tail', '--after', 'x'],
      ['order', 'eat', 'coffee-0001'],
    ])
      expect(await wexagon(...wrong), wrong.join(' ')).toMatchObject({ code: 2 });
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
    expect(commands).toHaveLength(14);
    for (const command of commands) {
      const help = await runToEnd([...command.split(' '), '--help'], {}, temporaryFolder());
      expect(help).toMatchObject({ code: 0, output: expect.stringContaining(`Usage: wexagon ${command}`) });
    }
  });
});
