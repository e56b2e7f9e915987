import { describe, expect, it } from 'vitest';
import { AbnormalRefundsOff } from '../../src/domain/order/order-refusals.ts';
import type { AbnormalRefund } from '../../src/domain/order/refund.ts';
import { abnormalIn, type PaymentGatewayHarness, refundingIn, reportsIn, UNKNOWN } from './payment-gateway-harness.ts';

const TO_MERCHANT = { type: 'MERCHANT_BANK_CARD' } as const;
const TO_PAYER = {
  type: 'USER_BANK_CARD',
  bankType: 'ICBC_DEBIT',
  bankAccount: '6222020200000000000',
  realName: '张三',
} as const;

/** What PaymentGateway promises of abnormal refunds where they can be sent elsewhere, a case for every sentence. */
export function abnormalRefundsContract(open: () => Promise<PaymentGatewayHarness>): void {
  describe('sendAbnormalRefund', () => {
    it('Has WeChat send the money of an abnormal refund to a bank card (发起异常退款); only version 3 can', async () => {
      for (const wish of [TO_MERCHANT, TO_PAYER]) {
        const { gateway, bought, abnormal, settleRefund } = await abnormalIn(open);
        const stateNow = async () => reportsIn(await gateway.queryRefunds(bought)).map(({ state }) => state);
        expect(await stateNow()).toEqual(['abnormal']);
        await gateway.sendAbnormalRefund(bought, abnormal, wish);
        expect(await stateNow()).toEqual(['processing']);
        await settleRefund(abnormal.id, 'succeeded');
        expect(await stateNow()).toEqual(['succeeded']);
      }
    });

    it('Answers accepted when WeChat took it on, and refused with its code for a definite no', async () => {
      const { gateway, bought, abnormal, refundId } = await abnormalIn(open);
      expect(await gateway.sendAbnormalRefund(bought, abnormal, TO_MERCHANT)).toEqual({ kind: 'accepted', refundId });
      const other = await refundingIn(open);
      const ordinary = { ...other.wish, state: 'abnormal', refundId: other.refundId } as AbnormalRefund;
      expect(await other.gateway.sendAbnormalRefund(other.bought, ordinary, TO_MERCHANT)).toEqual({
        kind: 'refused',
        reason: expect.stringMatching(/^[A-Z_]+$/),
      });
    });

    it('Answers unknown when WeChat fails before or after it took it on', async () => {
      for (const [when, state] of [
        ['before', 'abnormal'],
        ['after', 'processing'],
      ] as const) {
        const { gateway, bought, abnormal, breakDown, heal } = await abnormalIn(open);
        await breakDown('sendAbnormalRefund', when);
        expect(await gateway.sendAbnormalRefund(bought, abnormal, TO_MERCHANT)).toEqual(UNKNOWN);
        await heal();
        expect(reportsIn(await gateway.queryRefunds(bought))).toMatchObject([{ state }]);
      }
    });
  });
}

/** And where they cannot. */
export function noAbnormalRefundsContract(open: () => Promise<PaymentGatewayHarness>): void {
  describe('sendAbnormalRefund', () => {
    it('Throws AbnormalRefundsOff where there is no way to do it', async () => {
      const { gateway, bought, abnormal } = await abnormalIn(open);
      await expect(gateway.sendAbnormalRefund(bought, abnormal, TO_MERCHANT)).rejects.toThrow(AbnormalRefundsOff);
      expect(reportsIn(await gateway.queryRefunds(bought))).toMatchObject([{ state: 'abnormal' }]);
    });
  });
}
