import { describe, expect, it, vi } from 'vitest';
import { PAY_APIS, type PayApi } from '../../src/domain/order/pay-api.ts';
import type { Client } from '../support/client.ts';
import { openMerchantBackend } from '../support/merchant-backend.ts';
import { openSandbox, type Sandbox } from '../support/sandbox.ts';

async function openStreet(api: PayApi = 'v2'): Promise<{ sandbox: Sandbox; shop: Client; token: string }> {
  const sandbox = await openSandbox({ WECHAT_PAY_API: api });
  const shop = await openMerchantBackend(sandbox.client.url);
  const { token } = await sandbox.client.logIn('dev-alice');
  return { sandbox, shop, token };
}

const pickUp = (shop: Client, token: string | undefined, body: object) => shop.post('/pickups', body, { token });

describe('examples/merchant-backend', () => {
  it.each(PAY_APIS)(
    'prices the pick-up itself, lets the phone pay over %s, and shows it as paid once the event log says so',
    async (api) => {
      const { sandbox, shop, token } = await openStreet(api);
      const placed = await pickUp(shop, token, { items: { latte: 2, croissant: 1 } });
      expect(placed).toMatchObject({ status: 201, body: { total: 4_550, state: 'unpaid' } });
      const { id } = placed.body;
      expect(await sandbox.read(id)).toMatchObject({ state: 'created', amount: { total: 4_550, currency: 'CNY' } });

      const { body: request } = await sandbox.prepay(id);
      expect((await shop.get(`/pickups/${id}`)).body.state).toBe('unpaid');
      await sandbox.wechat.call('POST', 'pay', { request });
      await vi.waitFor(async () => expect((await shop.get(`/pickups/${id}`)).body.state).toBe('paid'), 10_000);
    },
  );

  it.each(PAY_APIS)('gives up a pick-up whose order was closed over %s', async (api) => {
    const { sandbox, shop, token } = await openStreet(api);
    const { body } = await pickUp(shop, token, { items: { espresso: 1 } });
    await sandbox.merchant('POST', `/orders/${body.id}/close`);
    await vi.waitFor(async () => expect((await shop.get(`/pickups/${body.id}`)).body.state).toBe('given up'), 10_000);
  });

  it.each([
    ['a price', { items: { latte: 1 }, total: 1 }],
    ['a price for an item', { items: { latte: { count: 1, price: 1 } } }],
    ['what is not on the menu', { items: { latte: 1, constructor: 1 } }],
    ['less than one', { items: { latte: -1 } }],
    ['nothing', { items: {} }],
  ])('refuses a phone that sends %s, and orders nothing', async (_what, wish) => {
    const { sandbox, shop, token } = await openStreet();
    expect((await pickUp(shop, token, wish)).status).toBe(400);
    expect((await sandbox.merchant('GET', '/orders')).body.orders).toEqual([]);
  });

  it('serves nobody who is not logged in', async () => {
    const { shop } = await openStreet();
    expect((await pickUp(shop, undefined, { items: { latte: 1 } })).status).toBe(401);
  });

  it('orders once, however often it has to ask', async () => {
    const { sandbox, shop, token } = await openStreet();
    const { body } = await pickUp(shop, token, { items: { latte: 1 } });
    const order = { out_trade_no: body.id, description: 'Coffee-Pickup', amount: { total: 1_800 } };
    const { user_id } = await sandbox.client.logIn('dev-alice');
    const again = await sandbox.merchant(
      'POST',
      '/orders',
      { ...order, payer: { user_id } },
      { 'idempotency-key': `pickup-${body.id}` },
    );
    expect(again).toMatchObject({ status: 201, body: { out_trade_no: body.id } });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
  });
});
