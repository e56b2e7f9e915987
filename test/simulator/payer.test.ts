import { describe, expect, it } from 'vitest';
import { inMinutes, openShop, paymentRequest, stoppedClock } from './shop.ts';

describe('the payer', () => {
  it.each([
    ['the parameters of wx.requestPayment', (prepayId: string) => ({ request: paymentRequest(prepayId) })],
    ['a package', (prepayId: string) => ({ package: `prepay_id=${prepayId}` })],
    ['a prepay_id', (prepayId: string) => ({ prepay_id: prepayId })],
    ['a number', () => ({ out_trade_no: 'order-0001' })],
    ['a name', (prepayId: string) => ({ prepay_id: prepayId, user: 'alice' })],
  ])('pays by %s', async (_what, body) => {
    const shop = await openShop();
    const prepayId = await shop.prepayId();
    const paid = await shop.pay(body(prepayId));
    expect(paid).toEqual({ trade_state: 'SUCCESS', transaction_id: expect.stringMatching(/^\d{28}$/) as string });
    expect(await shop.query()).toMatchObject({ trade_state: 'SUCCESS', transaction_id: paid.transaction_id });
  });

  it('pays with a prepay_id that is not the newest', async () => {
    const shop = await openShop();
    const first = await shop.prepayId();
    await shop.prepayId();
    expect(await shop.pay({ prepay_id: first })).toMatchObject({ trade_state: 'SUCCESS' });
  });

  it('pays once, however often they try at once', async () => {
    const shop = await openShop();
    const prepayId = await shop.prepayId();
    const tries = Array.from({ length: 20 }, () => shop.pay({ prepay_id: prepayId }));
    const outcomes = await Promise.allSettled(tries);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const error = 'the order is already paid';
    expect(await shop.refused('POST', 'pay', { prepay_id: prepayId })).toEqual({ status: 409, error });
  });

  it('never gets the same transaction_id twice', async () => {
    const shop = await openShop();
    const ids = new Set<string | undefined>();
    for (let number = 0; number < 20; number += 1) {
      await shop.prepayId({ out_trade_no: `order-${number}` });
      ids.add((await shop.pay({ out_trade_no: `order-${number}`, notify: false })).transaction_id);
    }
    expect(ids.size).toBe(20);
  });

  it.each([
    ['a wrong paySign', { paySign: '0'.repeat(64) }, 'paySign does not fit'],
    ['another sign type', { signType: 'MD5' }, 'signType is not HMAC-SHA256'],
    ['the sign type of v3', { signType: 'RSA' }, 'signType is not HMAC-SHA256'],
    ['milliseconds', { timeStamp: String(Date.now()) }, 'timeStamp is not'],
    ['a fraction of a second', { timeStamp: '1700000000.5' }, 'timeStamp is not'],
    ['no nonce', { nonceStr: '' }, 'nonceStr is not'],
    ['a package that is none', { package: 'wx123' }, 'package is not prepay_id=…'],
  ])('is refused a request with %s', async (_what, difference, error) => {
    const shop = await openShop();
    const request = paymentRequest(await shop.prepayId(), difference);
    expect(await shop.refused('POST', 'pay', { request })).toEqual({
      status: 400,
      error: expect.stringContaining(error) as string,
    });
    expect(await shop.query()).toMatchObject({ trade_state: 'NOTPAY' });
  });

  it('is refused a timeStamp that is a number', async () => {
    const shop = await openShop();
    const request = { ...paymentRequest(await shop.prepayId()), timeStamp: 1_700_000_000 };
    expect(await shop.refused('POST', 'pay', { request })).toMatchObject({ status: 400 });
  });

  it('is refused a prepay_id that is unknown, and one that has expired', async () => {
    const pass = stoppedClock();
    const shop = await openShop();
    const prepay_id = await shop.prepayId({ time_expire: inMinutes(24 * 60) });
    pass(2 * 3_600_000 - 1);
    expect(await shop.pay({ prepay_id, outcome: 'cancel' })).toEqual({ trade_state: 'NOTPAY' });
    pass(1);
    expect(await shop.refused('POST', 'pay', { prepay_id })).toEqual({
      status: 409,
      error: 'the prepay_id has expired',
    });
    expect(await shop.refused('POST', 'pay', { prepay_id: 'wx1' })).toMatchObject({ status: 404 });
  });

  it.each([
    ['nothing', {}, 400],
    ['an unknown number', { out_trade_no: 'order-0009' }, 404],
    ["somebody else's order", { out_trade_no: 'order-0001', user: 'bob' }, 409],
    ['coupons beyond the total', { out_trade_no: 'order-0001', coupons: [{ fee: 60 }, { fee: 41 }] }, 400],
    ['a field nobody knows', { out_trade_no: 'order-0001', wat: 1 }, 400],
  ])('is refused %s', async (_what, body, status) => {
    const shop = await openShop();
    await shop.prepayId();
    expect(await shop.refused('POST', 'pay', body)).toMatchObject({ status });
    expect(await shop.query()).toMatchObject({ trade_state: 'NOTPAY' });
  });

  it.each(['close', 'expiry'])('cannot pay an order after its %s', async (how) => {
    const shop = await openShop();
    const prepay_id = await shop.prepayId();
    if (how === 'close') await shop.close();
    else await shop.control.call('POST', 'trades/order-0001/expiry');
    expect(await shop.refused('POST', 'pay', { prepay_id })).toEqual({ status: 409, error: 'the order is closed' });
    expect(await shop.query()).toMatchObject({ trade_state: 'CLOSED' });
    expect(shop.inbox.received).toHaveLength(0);
  });

  it('leaves everything as it is by cancelling', async () => {
    const shop = await openShop();
    await shop.prepayId();
    expect(await shop.pay({ out_trade_no: 'order-0001', outcome: 'cancel' })).toEqual({ trade_state: 'NOTPAY' });
  });

  it('can pay what the bank has refused before', async () => {
    const shop = await openShop();
    await shop.prepayId();
    expect(await shop.pay({ out_trade_no: 'order-0001', outcome: 'failure' })).toEqual({ trade_state: 'PAYERROR' });
    expect(await shop.query()).toMatchObject({ trade_state: 'PAYERROR' });
    await expect(shop.prepayId()).resolves.toMatch(/^wx/);
    expect(await shop.pay()).toMatchObject({ trade_state: 'SUCCESS' });
    expect(await shop.refused('POST', 'pay', { out_trade_no: 'order-0001', outcome: 'failure' })).toMatchObject({
      status: 409,
    });
  });
});
