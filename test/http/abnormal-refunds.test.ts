import { describe, expect, it, vi } from 'vitest';
import { AbnormalRefundsOff } from '../../src/domain/order/order-refusals.ts';
import type { RefundAnswer } from '../../src/domain/order/payment-gateway.ts';
import type { RawNotice } from '../../src/domain/order/notice-reader.ts';
import { runningApp } from '../support/running-app.ts';
import { MERCHANT_KEY } from '../support/test-config.ts';

const MERCHANT = { token: MERCHANT_KEY };
const TO_MERCHANT = { type: 'MERCHANT_BANK_CARD' };
const TO_PAYER = {
  type: 'USER_BANK_CARD',
  bank_type: 'ICBC_DEBIT',
  bank_account: '6222020200001234567',
  real_name: '张三丰',
};

/** A coffee of 18 yuan that was paid, and of which 3 did not get back to the payer. */
async function abnormal(state: 'abnormal' | 'processing' | 'succeeded' = 'abnormal') {
  const app = await runningApp();
  const { client, gateway, payments } = app;
  const alice = await client.logIn(gateway.issueCode('alice'));
  const coffee = { description: 'Wexagon-拿铁咖啡', amount: { total: 1_800 } };
  const { out_trade_no } = (await client.post('/v1/merchant/orders', coffee, MERCHANT)).body;
  const path = `/v1/merchant/orders/${out_trade_no}/refunds`;
  const notify = ({ headers, body }: RawNotice) =>
    client.send('POST', '/notify/wechat-pay/v3', { raw: body, headers: Object.fromEntries(headers) });
  await client.post(`/v1/orders/${out_trade_no}/pay`, {}, { token: alice.token });
  payments.payAt(out_trade_no);
  await notify(payments.noticeOf(out_trade_no));
  await client.post(path, { amount: 300, out_refund_no: 'refund-1' }, MERCHANT);
  payments.settleRefundAt('refund-1', state);
  await notify(payments.signedRefundNoticeOf(out_trade_no, 'refund-1'));
  const sending = vi.spyOn(payments, 'sendAbnormalRefund');
  const send = (body: unknown, headers?: Record<string, string>, number = 'refund-1') =>
    client.post(`${path}/${number}/abnormal`, body, { ...MERCHANT, headers });
  const read = async () => (await client.get(`${path}/refund-1`, MERCHANT)).body;
  const answering = (answer: RefundAnswer) => sending.mockResolvedValueOnce(answer);
  return { ...app, alice, answering, notify, out_trade_no, path, read, send, sending };
}

describe('POST /v1/merchant/orders/{out_trade_no}/refunds/{out_refund_no}/abnormal', () => {
  it('answers 200 with the refund, which is abnormal until its money is there', async () => {
    const { notify, out_trade_no, payments, read, send } = await abnormal();
    const { status, body } = await send(TO_MERCHANT);
    expect(status).toBe(200);
    expect(body).toEqual({
      out_refund_no: 'refund-1',
      state: 'abnormal',
      amount: 300,
      origin: 'merchant',
      refund_id: expect.stringMatching(/^5030\d{24}$/),
      created_at: expect.any(String),
    });
    payments.settleRefundAt('refund-1', 'succeeded');
    await notify(payments.signedRefundNoticeOf(out_trade_no, 'refund-1'));
    expect(await read()).toMatchObject({ state: 'succeeded' });
  });

  it.each([
    [TO_MERCHANT, { type: 'MERCHANT_BANK_CARD' }],
    [
      TO_PAYER,
      { type: 'USER_BANK_CARD', bankType: 'ICBC_DEBIT', bankAccount: '6222020200001234567', realName: '张三丰' },
    ],
  ])('hands %j on to WeChat', async (body, wish) => {
    const { out_trade_no, send, sending } = await abnormal();
    expect((await send(body)).status).toBe(200);
    expect(sending).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ id: out_trade_no }),
      expect.objectContaining({ id: 'refund-1', amount: 300 }),
      wish,
    );
  });

  it('lets nobody read whose card it is: no log, no event, no answer', async () => {
    const { client, lines, read, send } = await abnormal();
    const answers = [await send(TO_PAYER), await send({ ...TO_PAYER, more: 1 }), await send(TO_PAYER, {}, 'r-2')];
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 404]);
    const events = (await client.get('/v1/merchant/events', MERCHANT)).text;
    const shown = [...lines, ...answers.map(({ text }) => text), events, JSON.stringify(await read())].join('\n');
    expect(shown).toContain('refund-1');
    expect(shown).not.toMatch(/6222020200001234567|张三丰/);
  });

  it.each([
    ['nothing', {}],
    ['a card of nobody', { type: 'BANK_CARD' }],
    ['a card of the payer without its number', { ...TO_PAYER, bank_account: undefined }],
    ['a card of the payer without a name', { ...TO_PAYER, real_name: undefined }],
    ['a card of the payer without a bank', { ...TO_PAYER, bank_type: undefined }],
    ['a bank in small letters', { ...TO_PAYER, bank_type: 'icbc' }],
    ['an empty number', { ...TO_PAYER, bank_account: '' }],
    ['more than can be sealed', { ...TO_PAYER, real_name: '张'.repeat(67) }],
    ['a control character', { ...TO_PAYER, real_name: '张\u0007' }],
    ['a card of the merchant with a number', { ...TO_MERCHANT, bank_account: '6222020200001234567' }],
    ['a field that does not exist', { ...TO_PAYER, amount: 1 }],
  ])('refuses %s with 400', async (_what, body) => {
    const { send, sending } = await abnormal();
    expect(await send(body)).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
    expect(sending).not.toHaveBeenCalled();
  });

  it('takes a name as long as can be sealed', async () => {
    const { send } = await abnormal();
    expect((await send({ ...TO_PAYER, real_name: '张'.repeat(66) })).status).toBe(200);
  });

  it.each(['processing', 'succeeded'] as const)('refuses a refund that is %s', async (state) => {
    const { send, sending } = await abnormal(state);
    expect(await send(TO_MERCHANT)).toMatchObject({ status: 409, body: { code: 'refund-not-abnormal' } });
    expect(sending).not.toHaveBeenCalled();
  });

  it('refuses a refund, and an order, that is not there', async () => {
    const { client, send } = await abnormal();
    expect(await send(TO_MERCHANT, {}, 'refund-2')).toMatchObject({ status: 404, body: { code: 'refund-not-found' } });
    const path = '/v1/merchant/orders/not-there-0001/refunds/refund-1/abnormal';
    expect(await client.post(path, TO_MERCHANT, MERCHANT)).toMatchObject({
      status: 404,
      body: { code: 'order-not-found' },
    });
  });

  it('says in WeChat’s code why it is not done', async () => {
    const { answering, read, send } = await abnormal();
    answering({ kind: 'refused', reason: 'NOT_ENOUGH' });
    expect(await send(TO_MERCHANT)).toMatchObject({
      status: 422,
      body: { code: 'refund-refused', detail: 'WeChat Pay does not do this: NOT_ENOUGH.' },
    });
    expect(await read()).toMatchObject({ state: 'abnormal' });
  });

  it('is done by version 3 alone', async () => {
    const { send, sending } = await abnormal();
    sending.mockRejectedValueOnce(new AbnormalRefundsOff());
    expect(await send(TO_MERCHANT)).toMatchObject({ status: 409, body: { code: 'abnormal-refunds-off' } });
  });

  it('answers 504 where WeChat says nothing, and may be asked for again', async () => {
    const { payments, send } = await abnormal();
    payments.failNext('sendAbnormalRefund', 'before');
    expect(await send(TO_MERCHANT)).toMatchObject({ status: 504, body: { code: 'wechat-timeout' } });
    expect((await send(TO_MERCHANT)).status).toBe(200);
  });

  it('is asked of WeChat once under one Idempotency-Key', async () => {
    const { send, sending } = await abnormal();
    const key = { 'idempotency-key': 'k1' };
    const first = await send(TO_PAYER, key);
    const again = await send(TO_PAYER, key);
    expect(again.text).toBe(first.text);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(sending).toHaveBeenCalledTimes(1);
    expect(await send(TO_MERCHANT, key)).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
  });

  it('is for merchants alone', async () => {
    const { alice, client, path, sending } = await abnormal();
    const asked = (token?: string) => client.send('POST', `${path}/refund-1/abnormal`, { token, json: TO_MERCHANT });
    for (const token of [undefined, 'x', MERCHANT_KEY.slice(1)])
      expect(await asked(token)).toMatchObject({ status: 401, body: { code: 'merchant-not-authenticated' } });
    expect(await asked(alice.token)).toMatchObject({ status: 403, body: { code: 'merchant-key-needed' } });
    expect(sending).not.toHaveBeenCalled();
  });
});
