import { PaymentsOff } from '../../domain/order/order-refusals.ts';
import type { NoticeReader } from '../../domain/order/notice-reader.ts';
import type { PaymentGateway } from '../../domain/order/payment-gateway.ts';

/** Stands where a way to WeChat Pay would be, with WECHAT_PAY_API=off: whatever is wanted of it is refused. */
export class NoPayments implements PaymentGateway, NoticeReader {
  get merchant(): never {
    throw new PaymentsOff();
  }

  get api(): never {
    throw new PaymentsOff();
  }

  get appAppid(): never {
    throw new PaymentsOff();
  }

  async prepay(): Promise<never> {
    throw new PaymentsOff();
  }

  async query(): Promise<never> {
    throw new PaymentsOff();
  }

  async close(): Promise<never> {
    throw new PaymentsOff();
  }

  paymentRequest(): never {
    throw new PaymentsOff();
  }

  appRequest(): never {
    throw new PaymentsOff();
  }

  mayRefund(): never {
    throw new PaymentsOff();
  }

  async refund(): Promise<never> {
    throw new PaymentsOff();
  }

  async queryRefunds(): Promise<never> {
    throw new PaymentsOff();
  }

  async sendAbnormalRefund(): Promise<never> {
    throw new PaymentsOff();
  }

  async readNotice(): Promise<never> {
    throw new PaymentsOff();
  }

  acknowledge(): never {
    throw new PaymentsOff();
  }
}
