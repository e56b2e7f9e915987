import { describe, expect, it } from 'vitest';
import type {
  NoticeReading,
  NoticeVerdict,
  PaymentNotice,
  RefundNotice,
} from '../../src/domain/order/notice-reader.ts';
import { paidIn, type PaymentGatewayHarness, refundingIn } from './payment-gateway-harness.ts';

/** What NoticeReader promises, a case for every sentence. */
export function noticeReaderContract(open: () => Promise<PaymentGatewayHarness>): void {
  const paymentIn = (reading: NoticeReading): PaymentNotice => {
    if (reading.kind !== 'payment') throw new Error(`the notice was ${reading.kind}`);
    return reading.notice;
  };

  const refundIn = (reading: NoticeReading): RefundNotice => {
    if (reading.kind !== 'refund') throw new Error(`the notice was ${reading.kind}`);
    return reading.notice;
  };

  /** The notice of a refund that is done. */
  async function refunded() {
    const harness = await refundingIn(open);
    await harness.settleRefund(harness.wish.id, 'succeeded');
    return harness;
  }

  describe('readNotice', () => {
    it('Verifies and reads a notice in one step', async () => {
      const { reader, wanted, noticeOf } = await paidIn(open);
      const raw = await noticeOf(wanted);
      expect((await reader.readNotice(raw)).kind).toBe('payment');
      for (let at = 7; at < raw.body.length; at += 41) {
        const body = Buffer.from(raw.body);
        body[at]! ^= 1;
        expect(['forged', 'malformed']).toContain((await reader.readNotice({ ...raw, body })).kind);
      }
    });

    it('Answers the notice of a payment with the whole report and the very bytes that came', async () => {
      const { gateway, reader, wanted, noticeOf } = await paidIn(open);
      const raw = await noticeOf(wanted);
      const notice = paymentIn(await reader.readNotice(raw));
      const answer = await gateway.query(wanted);
      if (answer.kind !== 'paid') throw new Error(`query answered ${answer.kind}`);
      const { report } = answer;
      expect(report).toMatchObject({ outTradeNo: wanted.id, total: 888, payer: wanted.payer?.openid });
      expect(notice.result).toEqual({ kind: 'paid', report });
      expect(notice).toMatchObject({ outTradeNo: wanted.id, transactionId: report.transactionId });
      expect(notice.kept.headers).toEqual(raw.headers);
      expect(Buffer.from(notice.kept.body)).toEqual(Buffer.from(raw.body));
    });

    it('Answers the notice of a refund with its numbers, and with a report of it only where WeChat signs such notices', async () => {
      const { gateway, reader, bought, wish, refundNoticeOf, signsRefundNotices } = await refunded();
      const raw = await refundNoticeOf(bought, wish.id);
      const notice = refundIn(await reader.readNotice(raw));
      expect(notice).toMatchObject({ outTradeNo: bought.id, outRefundNo: wish.id });
      expect(notice.signed !== null).toBe(signsRefundNotices);
      if (!notice.signed) return;
      const answer = await gateway.queryRefunds(bought);
      if (answer.kind !== 'refunds') throw new Error(`queryRefunds answered ${answer.kind}`);
      const { transactionId, report, kept } = notice.signed;
      expect({ transactionId, reports: [report] }).toEqual({
        transactionId: bought.payment.transactionId,
        reports: answer.reports,
      });
      expect(report).toMatchObject({ state: 'succeeded', amount: 108 });
      expect(kept.headers).toEqual(raw.headers);
      expect(Buffer.from(kept.body)).toEqual(Buffer.from(raw.body));
    });

    it.each(['closed', 'abnormal'] as const)('reads of a refund that is %s, too', async (state) => {
      const { reader, bought, wish, settleRefund, refundNoticeOf, signsRefundNotices } = await refundingIn(open);
      await settleRefund(wish.id, state);
      const { outRefundNo, signed } = refundIn(await reader.readNotice(await refundNoticeOf(bought, wish.id)));
      expect(outRefundNo).toBe(wish.id);
      expect(signed?.report.state).toBe(signsRefundNotices ? state : undefined);
    });

    it("Answers forged for a notice that is unsigned or not signed with WeChat's key, and malformed for what is no notice at all", async () => {
      const { reader, wanted, noticeOf, noNotices } = await paidIn(open);
      for (const seal of ['none', 'foreign'] as const)
        expect(await reader.readNotice(await noticeOf(wanted, seal))).toEqual({
          kind: 'forged',
          why: expect.any(String),
        });
      const wrong = await noNotices();
      expect(wrong.length).toBeGreaterThan(0);
      for (const raw of wrong)
        expect(await reader.readNotice(raw)).toEqual({ kind: 'malformed', why: expect.any(String) });
    });

    it('answers forged for the notice of a refund that is not sealed with our key', async () => {
      const { reader, bought, wish, refundNoticeOf } = await refunded();
      const raw = await refundNoticeOf(bought, wish.id, 'foreign');
      expect(await reader.readNotice(raw)).toEqual({ kind: 'forged', why: expect.any(String) });
    });
  });

  describe('acknowledge', () => {
    const VERDICTS = {
      paid: true,
      duplicate: true,
      recorded: true,
      ignored: true,
      noted: true,
      forged: false,
      probe: false,
      stale: false,
      'unknown-key': false,
      malformed: false,
      downgraded: false,
      mismatch: false,
      'unknown-order': false,
      'not-now': false,
    } satisfies Record<NoticeVerdict, boolean>;

    it('Answers what WeChat takes for a yes when the notice was dealt with, and for "send it again" when it was not', async () => {
      const { reader, isYes } = await open();
      for (const [verdict, expected] of Object.entries(VERDICTS) as [NoticeVerdict, boolean][]) {
        const acknowledgement = reader.acknowledge(verdict);
        expect([verdict, isYes(acknowledgement)]).toEqual([verdict, expected]);
        expect([verdict, acknowledgement.status < 300]).toEqual([verdict, expected]);
      }
    });
  });
}
