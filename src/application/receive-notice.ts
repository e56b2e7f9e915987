import type { NoticeReader, NoticeVerdict, RawNotice } from '../domain/order/notice-reader.ts';
import type { ReceivePaymentNotice } from './receive-payment-notice.ts';
import type { ReceiveRefundNotice } from './receive-refund-notice.ts';

interface Needs {
  readonly receivePaymentNotice: ReceivePaymentNotice;
  readonly receiveRefundNotice: ReceiveRefundNotice;
}

export interface Received {
  readonly verdict: NoticeVerdict;
  /** For the log: what was wrong with one that was not taken. */
  readonly why?: string;
}

/**
 * Takes a notice of WeChat Pay in, in the version of the API at whose door it came, and answers what became of it.
 * What is not WeChat's own never reaches the storage.
 */
export class ReceiveNotice {
  readonly #needs: Needs;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  async execute(raw: RawNotice, reader: NoticeReader): Promise<Received> {
    const { receivePaymentNotice, receiveRefundNotice } = this.#needs;
    const reading = await reader.readNotice(raw);
    if (reading.kind === 'refund') return { verdict: await receiveRefundNotice.execute(reading.notice) };
    if (reading.kind === 'payment' || reading.kind === 'downgraded')
      return { verdict: await receivePaymentNotice.execute(reading) };
    return { verdict: reading.kind, why: reading.why };
  }
}
