import { describe, expect, it } from 'vitest';
import { fen } from '../../src/domain/order/fen.ts';
import { pay as paidBy } from '../../src/domain/order/order-steps.ts';
import type { PaidOrder, PrepayingOrder, Ticket } from '../../src/domain/order/order.ts';
import type {
  Acknowledgement,
  NoticeVerdict,
  PaymentGateway,
  PaymentNotice,
  PaymentRequest,
  RawNotice,
} from '../../src/domain/order/payment-gateway.ts';
import type { RefundReport } from '../../src/domain/order/refund-report.ts';
import { requestRefund } from '../../src/domain/order/refund-steps.ts';
import type { OutRefundNo, Refund } from '../../src/domain/order/refund.ts';

export type GatewayCall = 'prepay' | 'query' | 'close' | 'refund' | 'queryRefunds';

/** How a notice is signed; `weaker` is our key with another algorithm than the one agreed on. */
export type NoticeSeal = 'right' | 'none' | 'foreign' | 'weaker';

/** A gateway, and a hand on the WeChat behind it. */
export interface PaymentGatewayHarness {
  readonly gateway: PaymentGateway;
  /** An order of ¥8.88 that WeChat has not heard of, and that can be paid for two hours. */
  readonly order: () => Promise<PrepayingOrder>;
  /** The payer's phone is given this and pays; rejects where the phone would refuse it. */
  readonly pay: (request: PaymentRequest) => Promise<void>;
  /** The payer's bank says no. */
  readonly failPayment: (order: PrepayingOrder) => Promise<void>;
  /** WeChat gives no usable answer from now on, and acts all the same, or does not. */
  readonly breakDown: (call: GatewayCall, when: 'before' | 'after') => Promise<void>;
  /** What WeChat answers from now on is not signed by WeChat. */
  readonly forgeAnswers: (call: GatewayCall) => Promise<void>;
  readonly heal: () => Promise<void>;
  /** The next order is definitely not taken, for the reason NOAUTH. */
  readonly refuse: () => Promise<void>;
  /** How many orders WeChat has. */
  readonly countOrders: () => Promise<number>;
  /** WeChat's notice about an order that was paid, or that could not be. */
  readonly noticeOf: (order: PrepayingOrder, seal?: NoticeSeal) => Promise<RawNotice>;
  /** The next refund is not made, for that kind of reason. */
  readonly denyRefund: (kind: 'refused' | 'abnormal' | 'later') => Promise<void>;
  /** What becomes of a refund at WeChat. */
  readonly settleRefund: (outRefundNo: string, state: 'succeeded' | 'closed' | 'abnormal') => Promise<void>;
  /** Somebody refunds so much at WeChat's console; answers the number of that refund. */
  readonly refundAtConsole: (order: PaidOrder, amount: number) => Promise<string>;
  /** How many refunds WeChat has. */
  readonly countRefunds: () => Promise<number>;
  readonly refundNoticeOf: (order: PaidOrder, outRefundNo: string, seal?: 'right' | 'foreign') => Promise<RawNotice>;
  /** Whether WeChat takes it for a yes. */
  readonly isYes: (acknowledgement: Acknowledgement) => boolean;
  /** Why nobody can sign with a weaker algorithm, where nobody can. */
  readonly hasNoWeakerSeal?: string;
}

const READY = { kind: 'ready', ticket: { prepayId: expect.any(String), expiresAt: expect.any(Date) } };
const UNKNOWN = { kind: 'unknown', outage: expect.objectContaining({ name: 'Outage' }) };

/** What PaymentGateway promises, a case for every sentence. */
export function paymentGatewayContract(open: () => Promise<PaymentGatewayHarness>): void {
  /** An order that has a ticket. */
  async function prepaid(): Promise<PaymentGatewayHarness & { wanted: PrepayingOrder; ticket: Ticket }> {
    const harness = await open();
    const wanted = await harness.order();
    const answer = await harness.gateway.prepay(wanted);
    if (answer.kind !== 'ready') throw new Error(`prepay answered ${answer.kind}`);
    return { ...harness, wanted, ticket: answer.ticket };
  }

  async function paid(): Promise<PaymentGatewayHarness & { wanted: PrepayingOrder }> {
    const harness = await prepaid();
    await harness.pay(harness.gateway.paymentRequest(harness.ticket));
    return harness;
  }

  /** All that is known of the payment of an order without coupons. */
  const reportOn = ({ appid, mchid, id, payer }: PrepayingOrder) => ({
    appid,
    mchid,
    outTradeNo: id,
    transactionId: expect.stringMatching(/^\d{28,32}$/) as string,
    total: 888,
    currency: 'CNY',
    payer: payer.openid,
    payerTotal: 888,
    paidAt: expect.any(Date) as Date,
    tradeType: expect.any(String) as string,
    bankType: expect.any(String) as string,
  });

  describe('merchant', () => {
    it('is who the reports are about', async () => {
      const { gateway, wanted } = await paid();
      expect(await gateway.query(wanted)).toMatchObject({ report: gateway.merchant });
    });
  });

  describe('prepay', () => {
    it('Puts the order to WeChat (统一下单) and answers a ticket that the payer can pay with', async () => {
      const { gateway, pay, order, countOrders } = await open();
      const wanted = await order();
      expect(await countOrders()).toBe(0);
      const answer = await gateway.prepay(wanted);
      expect(answer).toEqual(READY);
      expect(await countOrders()).toBe(1);
      const { ticket } = answer as { ticket: Ticket };
      expect(ticket.prepayId).not.toBe('');
      await pay(gateway.paymentRequest(ticket));
      expect(await gateway.query(wanted)).toMatchObject({ kind: 'paid' });
    });

    it('Asked again for the same order, answers a ticket again, and WeChat has one order all the same', async () => {
      const { gateway, wanted, pay, countOrders } = await prepaid();
      const again = await gateway.prepay(wanted);
      expect(again).toEqual(READY);
      expect(await countOrders()).toBe(1);
      await pay(gateway.paymentRequest((again as { ticket: Ticket }).ticket));
      expect(await gateway.query(wanted)).toMatchObject({ kind: 'paid' });
    });

    it('Answers already-paid for an order that is paid, and conflict for one that WeChat has in other words', async () => {
      const { gateway, wanted } = await paid();
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
      expect(await gateway.prepay(wanted)).toEqual({ kind: 'refused', reason: 'NOAUTH' });
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
      const { gateway, wanted, ticket, pay } = await prepaid();
      const before = await gateway.query(wanted);
      await pay(gateway.paymentRequest(ticket));
      expect([before.kind, (await gateway.query(wanted)).kind]).toEqual(['unpaid', 'paid']);
    });

    it('Answers paid with the whole report once it is paid, and unpaid before', async () => {
      const { gateway, wanted, ticket, failPayment, pay } = await prepaid();
      expect(await gateway.query(wanted)).toEqual({ kind: 'unpaid' });
      await failPayment(wanted);
      expect(await gateway.query(wanted)).toEqual({ kind: 'unpaid' });
      await pay(gateway.paymentRequest(ticket));
      const first = await gateway.query(wanted);
      expect(first).toEqual({ kind: 'paid', report: reportOn(wanted) });
      expect(await gateway.query(wanted)).toEqual(first);
    });

    it('Answers closed for an order that is closed, and absent for one that WeChat has never heard of', async () => {
      const { gateway, wanted, order } = await prepaid();
      await gateway.close(wanted);
      expect(await gateway.query(wanted)).toEqual({ kind: 'closed' });
      expect(await gateway.query(await order())).toEqual({ kind: 'absent' });
    });

    it('Answers unknown when WeChat cannot be understood', async () => {
      const { gateway, wanted, breakDown, forgeAnswers, heal } = await paid();
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
      const { gateway, wanted, ticket, pay } = await prepaid();
      expect(await gateway.close(wanted)).toEqual({ kind: 'closed' });
      await expect(pay(gateway.paymentRequest(ticket))).rejects.toThrow();
      expect(await gateway.query(wanted)).toEqual({ kind: 'closed' });
      expect(await gateway.prepay(wanted)).toMatchObject({ kind: 'refused' });
    });

    it('Answers closed, also for an order that was closed before', async () => {
      const { gateway, wanted } = await prepaid();
      const answers = [await gateway.close(wanted), await gateway.close(wanted)];
      expect(answers).toEqual([{ kind: 'closed' }, { kind: 'closed' }]);
    });

    it('Answers absent for an order that WeChat has never heard of, and already-paid for one that is paid', async () => {
      const { gateway, wanted, order } = await paid();
      expect(await gateway.close(await order())).toEqual({ kind: 'absent' });
      expect(await gateway.close(wanted)).toEqual({ kind: 'already-paid' });
      expect(await gateway.query(wanted)).toMatchObject({ kind: 'paid' });
    });

    it('Answers unknown when WeChat fails before or after it closed the order', async () => {
      for (const [when, then] of [
        ['before', 'unpaid'],
        ['after', 'closed'],
      ] as const) {
        const { gateway, wanted, breakDown, heal } = await prepaid();
        await breakDown('close', when);
        expect(await gateway.close(wanted)).toEqual(UNKNOWN);
        await heal();
        expect(await gateway.query(wanted)).toEqual({ kind: then });
      }
    });
  });

  describe('paymentRequest', () => {
    it("Answers what `wx.requestPayment` takes, signed so that the payer's phone accepts it", async () => {
      const { gateway, wanted, ticket, pay } = await prepaid();
      const request = gateway.paymentRequest(ticket);
      expect(Object.keys(request).toSorted()).toEqual(['nonceStr', 'package', 'paySign', 'signType', 'timeStamp']);
      expect(request.timeStamp).toMatch(/^\d{10}$/);
      expect(gateway.paymentRequest(ticket).nonceStr).not.toBe(request.nonceStr);
      for (const spoilt of [{ nonceStr: 'another' }, { timeStamp: '1414561699' }, { paySign: 'none' }])
        await expect(pay({ ...request, ...spoilt })).rejects.toThrow();
      expect(await gateway.query(wanted)).toEqual({ kind: 'unpaid' });
      await pay(request);
      expect(await gateway.query(wanted)).toMatchObject({ kind: 'paid' });
    });
  });

  describe('readNotice', () => {
    const noticeIn = (reading: { kind: string; notice?: PaymentNotice }): PaymentNotice => {
      if (!reading.notice) throw new Error(`the notice was ${reading.kind}`);
      return reading.notice;
    };

    it('Verifies and reads a notice in one step', async () => {
      const { gateway, wanted, noticeOf } = await paid();
      const raw = await noticeOf(wanted);
      expect(gateway.readNotice(raw).kind).toBe('payment');
      const text = Buffer.from(raw.body).toString();
      // Somebody on the way makes a fen of it.
      const touched = Buffer.from(text.replace(/888/, '100'));
      expect(gateway.readNotice({ ...raw, body: touched }).kind).toBe('forged');
    });

    it('Answers the notice of a payment with the whole report and the very bytes that came', async () => {
      const { gateway, wanted, noticeOf } = await paid();
      const raw = await noticeOf(wanted);
      const notice = noticeIn(gateway.readNotice(raw));
      expect(notice.result).toEqual({ kind: 'paid', report: reportOn(wanted) });
      expect(notice).toMatchObject({ outTradeNo: wanted.id, transactionId: expect.stringMatching(/^\d{28,32}$/) });
      expect(notice.kept.headers).toEqual(raw.headers);
      expect(Buffer.from(notice.kept.body)).toEqual(Buffer.from(raw.body));
      expect(await gateway.query(wanted)).toEqual({
        kind: 'paid',
        report: (notice.result as { report: unknown }).report,
      });
    });

    it('answers a payment that failed with its reason', async () => {
      const { gateway, wanted, failPayment, noticeOf } = await prepaid();
      await failPayment(wanted);
      const { result, outTradeNo, transactionId } = noticeIn(gateway.readNotice(await noticeOf(wanted)));
      expect(result).toEqual({ kind: 'failed', reason: 'BANKERROR', ...gateway.merchant });
      expect([outTradeNo, transactionId]).toEqual([wanted.id, null]);
    });

    it('Answers forged for a notice that is unsigned or not signed with our key, and malformed for what is no notice at all', async () => {
      const { gateway, wanted, noticeOf } = await paid();
      for (const seal of ['none', 'foreign'] as const)
        expect(gateway.readNotice(await noticeOf(wanted, seal))).toEqual({ kind: 'forged', why: expect.any(String) });
      for (const body of ['', 'no notice', '<xml>'])
        expect(gateway.readNotice({ headers: [], body: Buffer.from(body) })).toEqual({
          kind: 'malformed',
          why: expect.any(String),
        });
    });

    it('Answers downgraded for our key with another algorithm than the one agreed on', async ({ skip }) => {
      const { gateway, wanted, noticeOf, hasNoWeakerSeal } = await paid();
      skip(hasNoWeakerSeal !== undefined, hasNoWeakerSeal);
      const reading = gateway.readNotice(await noticeOf(wanted, 'weaker'));
      expect(reading).toMatchObject({ kind: 'downgraded', notice: { outTradeNo: wanted.id } });
    });
  });

  /** An order of ours that is paid, and a refund of ¥1.08 of it that WeChat has not heard of. */
  async function refundable(): Promise<PaymentGatewayHarness & { bought: PaidOrder; wish: Refund }> {
    const harness = await paid();
    const answer = await harness.gateway.query(harness.wanted);
    if (answer.kind !== 'paid') throw new Error(`query answered ${answer.kind}`);
    const { report } = answer;
    const bought = paidBy(harness.wanted, report, { now: report.paidAt }).order;
    return { ...harness, bought, wish: refundOf(bought) };
  }

  /** One that WeChat is working on. */
  async function refunding() {
    const harness = await refundable();
    const answer = await harness.gateway.refund(harness.bought, harness.wish);
    if (answer.kind !== 'accepted') throw new Error(`refund answered ${answer.kind}`);
    return { ...harness, refundId: answer.refundId };
  }

  const refundOf = (order: PaidOrder): Refund => {
    const id = `R${order.id.slice(0, 24)}-|*@` as OutRefundNo;
    const wish = { id, amount: fen(108), reason: '商品已售完', origin: 'merchant', requestId: null } as const;
    return requestRefund(order, wish, order.payment.paidAt).order.refunds.at(-1)!;
  };

  const ACCEPTED = { kind: 'accepted', refundId: expect.stringMatching(/^\d{10,32}$/) as string };

  const reportsIn = (answer: { kind: string; reports?: readonly RefundReport[] }): readonly RefundReport[] => {
    if (!answer.reports) throw new Error(`queryRefunds answered ${answer.kind}`);
    return answer.reports;
  };

  describe('refund', () => {
    it('Asks WeChat to pay back (申请退款) and answers accepted, which is not yet refunded', async () => {
      const { gateway, bought, wish, countRefunds } = await refundable();
      expect(await countRefunds()).toBe(0);
      expect(await gateway.refund(bought, wish)).toEqual(ACCEPTED);
      expect(await countRefunds()).toBe(1);
      expect(reportsIn(await gateway.queryRefunds(bought))).toMatchObject([{ state: 'processing', amount: 108 }]);
    });

    it('Asked again with the same number, WeChat refunds once all the same', async () => {
      const { gateway, bought, wish, refundId, countRefunds, settleRefund } = await refunding();
      expect(await gateway.refund(bought, wish)).toEqual({ kind: 'accepted', refundId });
      await settleRefund(wish.id, 'succeeded');
      expect(await gateway.refund(bought, wish)).toEqual({ kind: 'accepted', refundId });
      expect(await countRefunds()).toBe(1);
    });

    it('Answers refused for a definite no, abnormal where a person has to act, and later where the same may succeed', async () => {
      const { gateway, bought, wish, denyRefund, countRefunds } = await refundable();
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
        const { gateway, bought, wish, breakDown, heal, countRefunds } = await refundable();
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
      const { gateway, bought, wish, refundId, refundAtConsole, settleRefund } = await refunding();
      const known = { outRefundNo: wish.id, refundId, amount: 108, succeededAt: null };
      expect(await gateway.queryRefunds(bought)).toEqual({
        kind: 'refunds',
        reports: [{ ...known, state: 'processing' }],
      });
      const numbers: string[] = [wish.id];
      while (numbers.length < 35) numbers.push(await refundAtConsole(bought, numbers.length));
      const reports = reportsIn(await gateway.queryRefunds(bought));
      expect(reports.map(({ outRefundNo }) => outRefundNo).toSorted()).toEqual(numbers.toSorted());
      expect(reports.reduce((sum, { amount }) => sum + amount, 0)).toBe(108 + (34 * 35) / 2);
      await settleRefund(wish.id, 'succeeded');
      const after = reportsIn(await gateway.queryRefunds(bought)).find(({ outRefundNo }) => outRefundNo === wish.id);
      expect(after).toEqual({ ...known, state: 'succeeded', succeededAt: expect.any(Date) });
    });

    it.each(['closed', 'abnormal'] as const)('answers %s for a refund that is', async (state) => {
      const { gateway, bought, wish, settleRefund } = await refunding();
      await settleRefund(wish.id, state);
      expect(reportsIn(await gateway.queryRefunds(bought))).toMatchObject([{ state, succeededAt: null }]);
    });

    it("Tells of refunds that were made at WeChat's console, too, where WeChat tells of them", async () => {
      const { gateway, bought, refundAtConsole } = await refundable();
      const outRefundNo = await refundAtConsole(bought, 888);
      expect(reportsIn(await gateway.queryRefunds(bought))).toMatchObject([{ outRefundNo, amount: 888 }]);
    });

    it('Answers absent where WeChat knows of none', async () => {
      const { gateway, bought } = await refundable();
      expect(await gateway.queryRefunds(bought)).toEqual({ kind: 'absent' });
    });

    it('Answers unknown when WeChat cannot be understood', async () => {
      const { gateway, bought, breakDown, forgeAnswers, heal } = await refunding();
      await breakDown('queryRefunds', 'before');
      expect(await gateway.queryRefunds(bought)).toEqual(UNKNOWN);
      await heal();
      await forgeAnswers('queryRefunds');
      expect(await gateway.queryRefunds(bought)).toEqual(UNKNOWN);
      await heal();
      expect(await gateway.queryRefunds(bought)).toMatchObject({ kind: 'refunds' });
    });
  });

  describe('readRefundNotice', () => {
    it('Reads which refund a notice is about (退款结果通知); it proves nothing and moves nothing', async () => {
      const { gateway, bought, wish, settleRefund, refundNoticeOf } = await refunding();
      await settleRefund(wish.id, 'succeeded');
      const before = await gateway.queryRefunds(bought);
      const reading = gateway.readRefundNotice(await refundNoticeOf(bought, wish.id));
      expect(reading).toEqual({ kind: 'refund', outTradeNo: bought.id, outRefundNo: wish.id });
      expect(await gateway.queryRefunds(bought)).toEqual(before);
    });

    it('Answers forged for a notice that was not sealed with our key, and malformed for what is no notice at all', async () => {
      const { gateway, bought, wish, settleRefund, refundNoticeOf } = await refunding();
      await settleRefund(wish.id, 'succeeded');
      const raw = await refundNoticeOf(bought, wish.id, 'foreign');
      expect(gateway.readRefundNotice(raw)).toEqual({ kind: 'forged', why: expect.any(String) });
      for (const body of ['', 'no notice', '<xml>'])
        expect(gateway.readRefundNotice({ headers: [], body: Buffer.from(body) })).toEqual({
          kind: 'malformed',
          why: expect.any(String),
        });
    });
  });

  describe('acknowledge', () => {
    const VERDICTS = {
      paid: true,
      duplicate: true,
      recorded: true,
      noted: true,
      forged: false,
      malformed: false,
      downgraded: false,
      mismatch: false,
      'unknown-order': false,
      'not-now': false,
    } satisfies Record<NoticeVerdict, boolean>;

    it('Answers what WeChat takes for a yes when the notice was dealt with, and for "send it again" when it was not', async () => {
      const { gateway, isYes } = await open();
      for (const [verdict, expected] of Object.entries(VERDICTS) as [NoticeVerdict, boolean][]) {
        const acknowledgement = gateway.acknowledge(verdict);
        expect([verdict, isYes(acknowledgement)]).toEqual([verdict, expected]);
        expect([verdict, acknowledgement.status < 300]).toEqual([verdict, expected]);
      }
    });
  });
}
