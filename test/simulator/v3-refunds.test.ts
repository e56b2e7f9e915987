import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { sealOaep } from '../../src/adapters/wechat/protocol/oaep.ts';
import certificates from '../vectors/certificates.json' with { type: 'json' };
import { type Asked, openShopV3, PUBLIC_KEY, PUBLIC_KEY_ID, type ShopV3 } from './shop-v3.ts';

const some = (refund: number) => ({ amount: { refund, total: 100, currency: 'CNY' } });

/** A shop whose order is paid; refunds stay under way unless they are settled, and need not wait for each other. */
async function paid(how: object = {}): Promise<ShopV3> {
  const shop = await openShopV3();
  await shop.control.call('PUT', 'refunds/outcome', { outcome: 'none' });
  await shop.control.call('PUT', 'refunds/schedule', { compress: 0 });
  await shop.paidV3({}, { ...how });
  return shop;
}

const settle = (shop: ShopV3, outcome: string, number = 'refund-1'): Promise<unknown> =>
  shop.control.call('POST', `refunds/${number}/outcome`, { outcome });

describe('a refund over v3', () => {
  it('is accepted, which is not yet refunded', async () => {
    const shop = await paid();
    const answer = await shop.refundV3({ reason: 'cold tea', funds_account: 'AVAILABLE' });
    expect(answer.status).toBe(200);
    expect(await shop.isSigned(answer)).toBe(true);
    expect(answer.json).toEqual({
      refund_id: expect.stringMatching(/^50300\d+$/) as string,
      out_refund_no: 'refund-1',
      transaction_id: expect.stringMatching(/^\d{28}$/) as string,
      out_trade_no: 'order-0001',
      channel: 'ORIGINAL',
      user_received_account: '支付用户零钱',
      create_time: expect.stringMatching(/\+08:00$/) as string,
      status: 'PROCESSING',
      funds_account: 'AVAILABLE',
      amount: {
        total: 100,
        refund: 100,
        from: [],
        payer_total: 100,
        payer_refund: 100,
        settlement_refund: 100,
        settlement_total: 100,
        discount_refund: 0,
        currency: 'CNY',
        refund_fee: 0,
      },
      promotion_detail: [],
    });
    expect(await shop.queryRefundV3()).toMatchObject({ status: 200, json: answer.json });
  });

  it.each([
    ['success', 'SUCCESS'],
    ['change', 'ABNORMAL'],
    ['close', 'CLOSED'],
  ])('ends in %s', async (outcome, status) => {
    const shop = await paid();
    await shop.refundV3();
    await settle(shop, outcome);
    const { json } = await shop.queryRefundV3();
    expect(json).toMatchObject({ status });
    expect('success_time' in json).toBe(outcome === 'success');
  });

  it('gives coupons back in their proportion', async () => {
    const shop = await paid({ coupons: [{ fee: 20 }, { fee: 30, type: 'NO_CASH' }] });
    const { json } = await shop.refundV3(some(50));
    expect(json.amount).toMatchObject({
      payer_total: 50,
      payer_refund: 25,
      settlement_total: 70,
      settlement_refund: 35,
      discount_refund: 25,
    });
    expect(json.promotion_detail).toMatchObject([
      { type: 'COUPON', amount: 10 },
      { type: 'DISCOUNT', amount: 15 },
    ]);
  });

  it('by the same number is the same refund, and with another amount none', async () => {
    const shop = await paid();
    const first = await shop.refundV3(some(10));
    expect(await shop.refundV3(some(10))).toMatchObject({ status: 200, json: first.json });
    expect(await shop.refundV3(some(11))).toMatchObject({ status: 400, json: { code: 'INVALID_REQUEST' } });
    expect(await shop.control.call('GET', 'ledger')).toMatchObject({ trades: [{ refunds: [{ api: 'v3' }] }] });
  });

  it('and one over v2 are out of one purse', async () => {
    const shop = await paid();
    expect(await shop.refundV3(some(60))).toMatchObject({ status: 200 });
    const rest = { out_refund_no: 'refund-2' };
    expect(await shop.refund({ ...rest, refund_fee: '41' })).toMatchObject({ result_code: 'FAIL' });
    expect(await shop.refund({ ...rest, refund_fee: '40' })).toMatchObject({ result_code: 'SUCCESS' });
    const nothing = { json: { code: 'INVALID_REQUEST', message: '订单已全额退款' } };
    expect(await shop.refundV3({ out_refund_no: 'refund-3', ...some(1) })).toMatchObject(nothing);
    expect(await shop.queryRefund({ out_refund_no: 'refund-1' })).toMatchObject({ refund_fee_0: '60' });
    expect((await shop.queryRefundV3('refund-2')).json).toMatchObject({ amount: { refund: 40 }, status: 'PROCESSING' });
  });

  it('of an order of v2 is to be had by its transaction_id', async () => {
    const shop = await paid();
    const transaction_id = await shop.paid({ out_trade_no: 'order-0002' });
    const answer = await shop.refundV3({ out_trade_no: undefined, transaction_id });
    expect(answer).toMatchObject({ status: 200, json: { out_trade_no: 'order-0002' } });
  });

  it.each<[string, Record<string, unknown>, number, string]>([
    ['an unknown order', { out_trade_no: 'order-0009' }, 404, 'RESOURCE_NOT_EXISTS'],
    ['another total', { amount: { refund: 1, total: 101, currency: 'CNY' } }, 400, 'INVALID_REQUEST'],
    ['more than there is', some(101), 400, 'INVALID_REQUEST'],
    ['nothing', some(0), 400, 'PARAM_ERROR'],
    ['letters', { amount: { refund: '1', total: 100, currency: 'CNY' } }, 400, 'PARAM_ERROR'],
    ['no currency', { amount: { refund: 1, total: 100 } }, 400, 'PARAM_ERROR'],
    ['no order', { out_trade_no: undefined }, 400, 'PARAM_ERROR'],
    ['no number', { out_refund_no: undefined }, 400, 'PARAM_ERROR'],
    ['a long reason', { reason: '茶'.repeat(27) }, 400, 'PARAM_ERROR'],
    ['an address without TLS', { notify_url: 'http://example.com/notify' }, 400, 'PARAM_ERROR'],
    ['an account of v2', { funds_account: 'REFUND_SOURCE_UNSETTLED_FUNDS' }, 400, 'PARAM_ERROR'],
  ])('is refused for %s', async (_what, fields, status, code) => {
    const shop = await paid();
    expect(await shop.refundV3(fields)).toMatchObject({ status, json: { code } });
    expect(await shop.control.call('GET', 'ledger')).toMatchObject({ trades: [{ refunds: [] }] });
  });

  it('is refused of what is not paid, too soon, of who is gone, and without money', async () => {
    const shop = await paid();
    await shop.ticket({ out_trade_no: 'order-0002' });
    const unpaid = await shop.refundV3({ out_trade_no: 'order-0002' });
    expect(unpaid).toMatchObject({ status: 404, json: { code: 'RESOURCE_NOT_EXISTS' } });
    await shop.control.call('PUT', 'refunds/balance', { unsettled: 5 });
    expect(await shop.refundV3(some(6))).toMatchObject({ status: 403, json: { code: 'NOT_ENOUGH' } });
    expect(await shop.refundV3(some(5))).toMatchObject({ status: 200 });
    await shop.control.call('PUT', 'refunds/schedule', { compress: 1 });
    const soon = await shop.refundV3({ ...some(1), out_refund_no: 'refund-2' });
    expect(soon).toMatchObject({ status: 429, json: { code: 'FREQUENCY_LIMITED' } });
    await shop.control.call('PUT', 'refunds/schedule', { compress: 0 });
    await shop.control.call('PATCH', 'users/alice', { account_abnormal: true });
    const gone = await shop.refundV3({ ...some(1), out_refund_no: 'refund-3' });
    expect(gone).toMatchObject({ status: 403, json: { code: 'USER_ACCOUNT_ABNORMAL' } });
  });

  it('that nobody asked for is unknown', async () => {
    const shop = await paid();
    expect(await shop.queryRefundV3()).toMatchObject({ status: 404, json: { code: 'RESOURCE_NOT_EXISTS' } });
  });
});

describe('a refund that the bank would not take', () => {
  const CARD = { type: 'USER_BANK_CARD', bank_type: 'ICBC_DEBIT' };
  const sealed = (key = PUBLIC_KEY) => ({
    ...CARD,
    bank_account: sealOaep('6222020000000000', key),
    real_name: sealOaep('张三', key),
  });

  const send = (shop: ShopV3, id: unknown, body: object, headers: Asked['headers'] = {}) =>
    shop.ask({
      path: `/v3/refund/domestic/refunds/${String(id)}/apply-abnormal-refund`,
      body: { out_refund_no: 'refund-1', ...body },
      headers: { 'wechatpay-serial': PUBLIC_KEY_ID, ...headers },
    });

  async function abnormal(): Promise<{ shop: ShopV3; id: unknown }> {
    const shop = await paid();
    const { json } = await shop.refundV3();
    await settle(shop, 'change');
    return { shop, id: json.refund_id };
  }

  it('can go to a card of the user’s, sealed for the public key', async () => {
    const { shop, id } = await abnormal();
    const answer = await send(shop, id, sealed());
    expect(answer).toMatchObject({ status: 200, json: { status: 'PROCESSING', channel: 'OTHER_BANKCARD' } });
    expect(await shop.isSigned(answer)).toBe(true);
    const sent_to = { ...CARD, bank_account: '6222020000000000', real_name: '张三' };
    expect(await shop.control.call('GET', 'refunds/refund-1')).toMatchObject({ sent_to });
    await settle(shop, 'success');
    expect((await shop.queryRefundV3()).json).toMatchObject({ status: 'SUCCESS' });
  });

  it('can go there sealed for a certificate', async () => {
    const { shop, id } = await abnormal();
    const [certificate] = (await shop.keys()).certificates;
    const { publicKey, serialNumber } = new X509Certificate(certificate!.certificate);
    const answer = await send(shop, id, sealed(publicKey), { 'wechatpay-serial': serialNumber });
    expect(answer).toMatchObject({ status: 200 });
  });

  it('can go back to the merchant, and ends as refunds do', async () => {
    const { shop, id } = await abnormal();
    await shop.control.call('PUT', 'refunds/outcome', { outcome: 'success', delay: 0 });
    expect(await send(shop, id, { type: 'MERCHANT_BANK_CARD' })).toMatchObject({ status: 200 });
    await vi.waitFor(async () => expect((await shop.queryRefundV3()).json).toMatchObject({ status: 'SUCCESS' }));
  });

  it('is sent once, however often the same is asked for, and again when it comes back', async () => {
    const { shop, id } = await abnormal();
    const wish = { type: 'MERCHANT_BANK_CARD' };
    expect(await send(shop, id, wish)).toMatchObject({ status: 200 });
    expect(await send(shop, id, wish)).toMatchObject({ status: 200, json: { status: 'PROCESSING' } });
    expect(await send(shop, id, sealed())).toMatchObject({ status: 400, json: { code: 'INVALID_REQUEST' } });
    await settle(shop, 'change');
    expect(await send(shop, id, wish)).toMatchObject({ status: 200, json: { status: 'PROCESSING' } });
  });

  const strange = createPrivateKey(certificates.shared.javaMerchantPrivateKey);

  it.each<[string, () => object, Asked['headers'], string]>([
    ['another type', () => ({ type: 'CASH' }), {}, 'PARAM_ERROR'],
    ['no bank', () => ({ ...sealed(), bank_type: undefined }), {}, 'PARAM_ERROR'],
    ['a card in plain text', () => ({ ...sealed(), bank_account: '6222020000000000' }), {}, 'PARAM_ERROR'],
    ['a card sealed for somebody else', () => sealed(strange), {}, 'PARAM_ERROR'],
    ['a card sealed for nobody', () => sealed(), { 'wechatpay-serial': undefined }, 'PARAM_ERROR'],
    ['another refund’s number', () => ({ ...sealed(), out_refund_no: 'refund-2' }), {}, 'INVALID_REQUEST'],
  ])('is not sent with %s', async (_what, wish, headers, code) => {
    const { shop, id } = await abnormal();
    expect(await send(shop, id, wish(), headers)).toMatchObject({ status: 400, json: { code } });
    expect((await shop.queryRefundV3()).json).toMatchObject({ status: 'ABNORMAL' });
  });

  it('is none while the bank has said nothing', async () => {
    const shop = await paid();
    const { json } = await shop.refundV3();
    const refused = { status: 400, json: { code: 'INVALID_REQUEST' } };
    expect(await send(shop, json.refund_id, { type: 'MERCHANT_BANK_CARD' })).toMatchObject(refused);
    const unknown = await send(shop, '50300', { type: 'MERCHANT_BANK_CARD' });
    expect(unknown).toMatchObject({ status: 404, json: { code: 'RESOURCE_NOT_EXISTS' } });
  });
});
