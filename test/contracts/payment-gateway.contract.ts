import { describe, expect, it } from 'vitest';
import type { PrepayingOrder } from '../../src/domain/order/order.ts';
import type { OutRefundNo } from '../../src/domain/order/refund.ts';
import {
  paidIn,
  type PaymentGatewayHarness,
  prepaidBy,
  prepaidIn,
  refundableIn,
  refundingIn,
  reportsIn,
  UNKNOWN,
} from './payment-gateway-harness.ts';

const READY = { kind: 'ready', ticket: { pass: expect.any(String), expiresAt: expect.any(Date) } };

/** What PaymentGateway promises, a case for every sentence; of abnormal refunds there is a contract of its own. */
export function paymentGatewayContract(open: () => Promise<PaymentGatewayHarness>): void {
  /** All that is known of the payment of an order without coupons. */
  const reportOn = ({ appid, mchid, id, payer }: PrepayingOrder) => ({
    appid,
    mchid,
    outTradeNo: id,
    transactionId: expect.stringMatching(/^\d{28,32}$/) as string,
    total: 888,
    currency: 'CNY',
    payer: payer?.openid ?? (expect.any(String) as string),
    payerTotal: 888,
    paidAt: expect.any(Date) as Date,
    tradeType: expect.any(String) as string,
    bankType: expect.any(String) as string,
  });

  describe('merchant', () => {
    it('is who the reports are about', async () => {
      const { gateway, wanted } = await paidIn(open);
      expect(await gateway.query(wanted)).toMatchObject({ report: gateway.merchant });
    });
  });

  describe('prepay', () => {
    it('Puts the order to WeChat (统一下单) and answers a ticket that the payer can pay with', async () => {
      const { gateway, pay, order, countOrders } = await open();
      const wanted = await order();
      expect(await countOrders()).toBe(0);
      const prepaid = await prepaidBy(gateway, wanted);
      expect(await countOrders()).toBe(1);
      expect(prepaid.ticket.pass).not.toBe('');
      expect(prepaid.ticket.expiresAt > wanted.createdAt).toBe(true);
      await pay(gateway.paymentRequest(prepaid));
      expect(await gateway.query(wanted)).toMatchObject({ kind: 'paid' });
    });

    it.each(['NATIVE', 'H5'] as const)('answers an address that whoever comes pays at (%s)', async (tradeType) => {
      const { gateway, wanted, prepaid, payElsewhere } = await prepaidIn(open, tradeType);
      const address = prepaid.ticket.pass;
      expect(new URL(address).protocol).toMatch(tradeType === 'NATIVE' ? /^weixin:$/ : /^https?:$/);
      expect(await gateway.query(wanted)).toEqual({ kind: 'unpaid' });
      await payElsewhere(address);
      const answer = await gateway.query(wanted);
      expect(answer).toEqual({ kind: 'paid', report: reportOn(wanted) });
    });

    it('Asked again for the same order, answers a ticket again, and WeChat has one order all the same', async () => {
      const { gateway, wanted, pay, countOrders } = await prepaidIn(open);
      const again = await prepaidBy(gateway, wanted);
      expect(await countOrders()).toBe(1);
      await pay(gateway.paymentRequest(again));
      expect(await gateway.query(wanted)).toMatchObject({ kind: 'paid' });
    });

    it('Answers already-paid for an order that is paid, and conflict for one that WeChat has in other words', async () => {
      const { gateway, wanted } = await paidIn(open);
      expect(await gateway.prepay(wanted)).toEqual({ kind: 'already-paid' });
      const { gateway: other, order } = await open();
      const first = await order();
      expect(await other.prepay(first)).toMatchObject({ kind: 'ready' });
      expect(await other.prepay({ ...first, description: 'in other words' })).toEqual({ kind: 'conflict' });
      expect(await other.query(first)).toEqual({ kind: 'unpaid' });
    });

    it("Answers refused, with WeChat's code, when WeChat definitely did not take it", async () => {
      const { gateway, order, refuse, countOrders } = await open();
      await refuse();
      const wanted = await order();
      expect(await gateway.prepay(wanted)).toEqual({ kind: 'refused', reason: expect.stringMatching(/^NO_?AUTH$/) });
      expect(await countOrders()).toBe(0);
      expect(await gateway.query(wanted)).toEqual({ kind: 'absent' });
    });

    it('Answers unknown when WeChat fails before or after it took the order', async () => {
      const { gateway, order, breakDown, heal, countOrders } = await open();
      for (const [when, orders] of [
        ['before', 0],
        ['after', 1],
      ] as const) {
        const wanted = await order();
        await breakDown('prepay', when);
        expect(await gateway.prepay(wanted)).toEqual(UNKNOWN);
        expect(await countOrders()).toBe(orders);
        await heal();
        if (when === 'after') expect(await gateway.prepay(wanted)).toEqual(READY);
        expect(await countOrders()).toBe(orders);
      }
    });
  });

  describe('query', () => {
    it('Asks WeChat how the order stands (查询订单)', async () => {
      const { gateway, wanted, prepaid, pay } = await prepaidIn(open);
      const before = await gateway.query(wanted);
      await pay(gateway.paymentRequest(prepaid));
      expect([before.kind, (await gateway.query(wanted)).kind]).toEqual(['unpaid', 'paid']);
    });

    it('Answers paid with the whole report once it is paid, and unpaid before', async () => {
      const { gateway, wanted, prepaid, failPayment, pay } = await prepaidIn(open);
      expect(await gateway.query(wanted)).toEqual({ kind: 'unpaid' });
      await failPayment(wanted);
      expect(await gateway.query(wanted)).toEqual({ kind: 'unpaid' });
      await pay(gateway.paymentRequest(prepaid));
      const first = await gateway.query(wanted);
      expect(first).toEqual({ kind: 'paid', report: reportOn(wanted) });
      expect(await gateway.query(wanted)).toEqual(first);
    });

    it('Answers closed for an order that is closed, and absent for one that WeChat has never heard of', async () => {
      const { gateway, wanted, order } = await prepaidIn(open);
      await gateway.close(wanted);
      expect(await gateway.query(wanted)).toEqual({ kind: 'closed' });
      expect(await gateway.query(await order())).toEqual({ kind: 'absent' });
    });

    it('Answers unknown when WeChat cannot be understood', async () => {
      const { gateway, wanted, breakDown, forgeAnswers, heal } = await paidIn(open);
      await breakDown('query', 'before');
      expect(await gateway.query(wanted)).toEqual(UNKNOWN);
      await heal();
      await forgeAnswers('query');
      expect(await gateway.query(wanted)).toEqual(UNKNOWN);
      await heal();
      expect(await gateway.query(wanted)).toMatchObject({ kind: 'paid' });
    });
  });

  describe('close', () => {
    it('Has WeChat close the order (关闭订单)', async () => {
      const { gateway, wanted, prepaid, pay } = await prepaidIn(open);
      expect(await gateway.close(wanted)).toEqual({ kind: 'closed' });
      await expect(pay(gateway.paymentRequest(prepaid))).rejects.toThrow();
      expect(await gateway.query(wanted)).toEqual({ kind: 'closed' });
      expect(await gateway.prepay(wanted)).toMatchObject({ kind: 'refused' });
    });

    it('Answers closed, also for an order that was closed before', async () => {
      const { gateway, wanted } = await prepaidIn(open);
      const answers = [await gateway.close(wanted), await gateway.close(wanted)];
      expect(answers).toEqual([{ kind: 'closed' }, { kind: 'closed' }]);
    });

    it('Answers absent for an order that WeChat has never heard of, and already-paid for one that is paid', async () => {
      const { gateway, wanted, order } = await paidIn(open);
      expect(await gateway.close(await order())).toEqual({ kind: 'absent' });
      expect(await gateway.close(wanted)).toEqual({ kind: 'already-paid' });
      expect(await gateway.query(wanted)).toMatchObject({ kind: 'paid' });
    });

    it('Answers unknown when WeChat fails before or after it closed the order', async () => {
      for (const [when, then] of [
        ['before', 'unpaid'],
        ['after', 'closed'],
      ] as const) {
        const { gateway, wanted, breakDown, heal } = await prepaidIn(open);
        await breakDown('close', when);
        expect(await gateway.close(wanted)).toEqual(UNKNOWN);
        await heal();
        expect(await gateway.query(wanted)).toEqual({ kind: then });
      }
    });
  });

  describe('paymentRequest', () => {
    it("Answers what `wx.requestPayment` takes, signed so that the payer's phone accepts it", async () => {
      const { gateway, wanted, prepaid, pay } = await prepaidIn(open);
      const request = gateway.paymentRequest(prepaid);
      expect(Object.keys(request).toSorted()).toEqual(['nonceStr', 'package', 'paySign', 'signType', 'timeStamp']);
      expect(request.timeStamp).toMatch(/^\d{10}$/);
      expect(gateway.paymentRequest(prepaid).nonceStr).not.toBe(request.nonceStr);
      for (const spoilt of [{ nonceStr: 'another' }, { timeStamp: '1414561699' }, { paySign: 'none' }])
        await expect(pay({ ...request, ...spoilt })).rejects.toThrow();
      expect(await gateway.query(wanted)).toEqual({ kind: 'unpaid' });
      await pay(request);
      expect(await gateway.query(wanted)).toMatchObject({ kind: 'paid' });
    });
  });

  describe('appRequest', () => {
    it("Answers what an app calls WeChat with, signed so that WeChat's app accepts it", async () => {
      const { gateway, wanted, prepaid, payElsewhere } = await prepaidIn(open, 'APP');
      const request = gateway.appRequest(prepaid);
      expect(request).toEqual({
        appid: gateway.appAppid,
        partnerid: gateway.merchant.mchid,
        prepayid: prepaid.ticket.pass,
        package: 'Sign=WXPay',
        noncestr: expect.any(String),
        timestamp: expect.stringMatching(/^\d{10}$/),
        sign: expect.any(String),
      });
      expect(gateway.appRequest(prepaid).noncestr).not.toBe(request.noncestr);
      for (const spoilt of [{ noncestr: 'another' }, { timestamp: '1414561699' }, { sign: 'none' }])
        await expect(payElsewhere({ ...request, ...spoilt })).rejects.toThrow();
      expect(await gateway.query(wanted)).toEqual({ kind: 'unpaid' });
      await payElsewhere(request);
      expect(await gateway.query(wanted)).toMatchObject({ kind: 'paid', report: { appid: gateway.appAppid } });
    });
  });

  describe('mayRefund', () => {
    it("Whether money can be sent back at all: version 2 needs the merchant's certificate for it", async () => {
      const { gateway, bought, wish, uncertified } = await refundableIn(open);
      expect(gateway.mayRefund(bought)).toBe(true);
      expect(await gateway.refund(bought, wish)).toEqual(ACCEPTED);
      expect(uncertified?.mayRefund(bought) ?? false).toBe(false);
    });
  });

  const ACCEPTED = { kind: 'accepted', refundId: expect.stringMatching(/^\d{10,32}$/) as string };

  describe('refund', () => {
    it('Asks WeChat to pay back (申请退款) and answers accepted, which is not yet refunded', async () => {
      const { gateway, bought, wish, countRefunds } = await refundableIn(open);
      expect(await countRefunds()).toBe(0);
      expect(await gateway.refund(bought, wish)).toEqual(ACCEPTED);
      expect(await countRefunds()).toBe(1);
      expect(reportsIn(await gateway.queryRefunds(bought))).toMatchObject([{ state: 'processing', amount: 108 }]);
    });

    it('Asked again with the same number, WeChat refunds once all the same', async () => {
      const { gateway, bought, wish, refundId, countRefunds, settleRefund } = await refundingIn(open);
      expect(await gateway.refund(bought, wish)).toEqual({ kind: 'accepted', refundId });
      await settleRefund(wish.id, 'succeeded');
      expect(await gateway.refund(bought, wish)).toEqual({ kind: 'accepted', refundId });
      expect(await countRefunds()).toBe(1);
    });

    it('Answers refused for a definite no, abnormal where a person has to act, and later where the same may succeed', async () => {
      const { gateway, bought, wish, denyRefund, countRefunds } = await refundableIn(open);
      const denied = async (kind: 'refused' | 'abnormal' | 'later') => {
        await denyRefund(kind);
        return gateway.refund(bought, wish);
      };
      const reason = expect.stringMatching(/^[A-Z_]+$/) as string;
      expect(await denied('refused')).toEqual({ kind: 'refused', reason });
      expect(await denied('abnormal')).toEqual({ kind: 'abnormal', reason });
      const later = await denied('later');
      expect(later).toEqual({ kind: 'later', reason, wait: expect.any(Number) });
      expect((later as { wait: number }).wait).toBeGreaterThan(0);
      expect(await countRefunds()).toBe(0);
      expect(await gateway.refund(bought, wish)).toEqual(ACCEPTED);
    });

    it('Answers unknown when WeChat fails before or after it took the refund', async () => {
      for (const [when, refunds] of [
        ['before', 0],
        ['after', 1],
      ] as const) {
        const { gateway, bought, wish, breakDown, heal, countRefunds } = await refundableIn(open);
        await breakDown('refund', when);
        expect(await gateway.refund(bought, wish)).toEqual(UNKNOWN);
        expect(await countRefunds()).toBe(refunds);
        await heal();
        expect(await gateway.refund(bought, wish)).toEqual(ACCEPTED);
        expect(await countRefunds()).toBe(1);
      }
    });
  });

  describe('queryRefunds', () => {
    it('Asks WeChat for the refunds of the order (查询退款), and answers a report of each, however many there are', async () => {
      const { gateway, bought, wish, refundId, refundAtConsole, settleRefund } = await refundingIn(open);
      const known = { outRefundNo: wish.id, refundId, amount: 108, succeededAt: null };
      expect(await gateway.queryRefunds(bought)).toEqual({
        kind: 'refunds',
        reports: [{ ...known, state: 'processing' }],
      });
      const numbers = [wish.id];
      while (numbers.length < 35) numbers.push((await refundAtConsole(bought, numbers.length)) as OutRefundNo);
      const reports = reportsIn(await gateway.queryRefunds(bought, numbers));
      expect(reports.map(({ outRefundNo }) => outRefundNo).toSorted()).toEqual(numbers.toSorted());
      expect(reports.reduce((sum, { amount }) => sum + amount, 0)).toBe(108 + (34 * 35) / 2);
      await settleRefund(wish.id, 'succeeded');
      const after = reportsIn(await gateway.queryRefunds(bought)).find(({ outRefundNo }) => outRefundNo === wish.id);
      expect(after).toEqual({ ...known, state: 'succeeded', succeededAt: expect.any(Date) });
    });

    it.each(['closed', 'abnormal'] as const)('answers %s for a refund that is', async (state) => {
      const { gateway, bought, wish, settleRefund } = await refundingIn(open);
      await settleRefund(wish.id, state);
      expect(reportsIn(await gateway.queryRefunds(bought))).toMatchObject([{ state, succeededAt: null }]);
    });

    it("Tells of refunds that were made at WeChat's console, too, where WeChat tells of them or they are named", async () => {
      const { gateway, bought, refundAtConsole } = await refundableIn(open);
      const outRefundNo = (await refundAtConsole(bought, 888)) as OutRefundNo;
      expect(reportsIn(await gateway.queryRefunds(bought, [outRefundNo]))).toMatchObject([
        { outRefundNo, amount: 888 },
      ]);
    });

    it('Answers absent where WeChat knows of none', async () => {
      const { gateway, bought } = await refundableIn(open);
      expect(await gateway.queryRefunds(bought)).toEqual({ kind: 'absent' });
    });

    it('Answers unknown when WeChat cannot be understood', async () => {
      const { gateway, bought, breakDown, forgeAnswers, heal } = await refundingIn(open);
      await breakDown('queryRefunds', 'before');
      expect(await gateway.queryRefunds(bought)).toEqual(UNKNOWN);
      await heal();
      await forgeAnswers('queryRefunds');
      expect(await gateway.queryRefunds(bought)).toEqual(UNKNOWN);
      await heal();
      expect(await gateway.queryRefunds(bought)).toMatchObject({ kind: 'refunds' });
    });
  });
}
