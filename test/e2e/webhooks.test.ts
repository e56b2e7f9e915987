import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { runToEnd, ServerProcess } from '../support/server-process.ts';
import { temporaryFolder } from '../support/storages.ts';
import { MERCHANT_KEY } from '../support/test-config.ts';
import { answering, webhookReceiver } from '../support/webhook-receiver.ts';
import { SECRET } from '../support/webhook-samples.ts';

describe('a merchant with a receiver', () => {
  it(
    'hears of an order, is told again when a person says so, and is left alone when it is gone',
    { timeout: 90_000 },
    async () => {
      const [receiver, folder] = [await webhookReceiver(), temporaryFolder()];
      const environment = {
        MERCHANT_API_KEYS: `shop:${MERCHANT_KEY}`,
        WEBHOOK_URL: receiver.url,
        WEBHOOK_SECRET: SECRET,
        WEBHOOK_ALLOW_INTERNAL: '127.0.0.1',
      };
      const command = (...args: string[]) => runToEnd(['webhooks', ...args], environment, folder);
      const server = await ServerProcess.start(environment, folder);
      const order = { out_trade_no: 'pickup-1', description: 'Cafe-Latte', amount: { total: 1_800 } };
      const make = (out_trade_no: string) =>
        server.client.post('/v1/merchant/orders', { ...order, out_trade_no }, { token: MERCHANT_KEY });
      expect((await make('pickup-1')).status).toBe(201);
      await expect.poll(() => receiver.inbox.length, { timeout: 20_000 }).toBe(1);
      const [{ body, headers }] = receiver.inbox as [(typeof receiver.inbox)[0]];
      expect(new Webhook(SECRET).verify(body, headers)).toMatchObject({
        type: 'order.created',
        data: { out_trade_no: 'pickup-1', sequence: 1, version: 1, state: 'created' },
      });
      const id = String(headers['webhook-id']);
      const state = async () => {
        const { body: found } = await server.client.get(`/v1/merchant/webhooks/${id}`, { token: MERCHANT_KEY });
        return found.state;
      };
      await expect.poll(state, { timeout: 20_000 }).toBe('delivered');
      const range = await command('replay', id, '--to', id, '--state', 'delivered');
      expect(range).toEqual({ code: 0, output: '1 are sent again.\n' });
      await expect.poll(() => receiver.inbox.length, { timeout: 20_000 }).toBe(2);
      expect(receiver.inbox[1]).toMatchObject({ body, headers: { 'webhook-id': id } });

      receiver.reply = answering(410);
      await make('pickup-2');
      await expect.poll(() => server.output, { timeout: 20_000 }).toContain('answers 410');
      expect((await command('list')).output).toMatch(/^Nothing is sent since 20.*webhooks enable/);
      receiver.reply = answering(204);
      expect((await command('enable')).code).toBe(0);
      await expect.poll(() => receiver.inbox.length, { timeout: 20_000 }).toBe(4);
      expect(server.output).not.toContain(SECRET);
      expect(await server.end('SIGTERM')).toBe(0);
    },
  );

  it('is told by a command what it was given wrongly', async () => {
    const folder = temporaryFolder();
    const wrong = [
      ['replay', '1'],
      ['list', '--state', 'lost'],
    ];
    for (const args of wrong) expect((await runToEnd(['webhooks', ...args], {}, folder)).code, args.join(' ')).toBe(2);
    const off = await runToEnd(['webhooks', 'enable'], {}, folder);
    expect(off).toEqual({ code: 1, output: 'This server sends no webhooks: WEBHOOK_URL is not set.\n' });
  });
});
