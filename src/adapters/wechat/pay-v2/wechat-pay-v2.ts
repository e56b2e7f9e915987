import type { AppId } from '../../../domain/account/account.ts';
import { type Clock, later, SECOND } from '../../../domain/clock.ts';
import type {
  Acknowledgement,
  NoticeReader,
  NoticeReading,
  NoticeVerdict,
  RawNotice,
} from '../../../domain/order/notice-reader.ts';
import { AbnormalRefundsOff } from '../../../domain/order/order-refusals.ts';
import type { Merchant, Order, PaidOrder, PrepaidOrder, PrepayingOrder } from '../../../domain/order/order.ts';
import type {
  AppPaymentRequest,
  CloseAnswer,
  PaymentGateway,
  PaymentRequest,
  PrepayAnswer,
  QueryAnswer,
  RefundAnswer,
  RefundsAnswer,
} from '../../../domain/order/payment-gateway.ts';
import type { Refund } from '../../../domain/order/refund.ts';
import { ErrorBudget } from '../pay-client/error-budget.ts';
import { appSignV2, paySignV2 } from '../protocol/pay-sign.ts';
import { CLOSEORDER_CODES, ORDERQUERY_CODES, REFUNDQUERY_CODES, settledBy, UNIFIEDORDER_CODES } from './err-codes.ts';
import { V2Calls } from './v2-calls.ts';
import { acknowledgeV2, readV2Notice } from './v2-notice.ts';
import { passIn, ticketLifetime, unifiedOrderOf } from './v2-prepay.ts';
import { allRefunds, readRefundPage } from './v2-refund-query.ts';
import { readRefundAnswer, refundOf } from './v2-refund.ts';
import { newNonce } from './v2-request.ts';
import type { PayV2Settings } from './v2-settings.ts';
import { readTradeState } from './v2-trade-state.ts';

/** Too much has failed just now for WeChat to be asked. */
const TOO_OFTEN: RefundAnswer = { kind: 'later', reason: null, wait: SECOND };

/** WeChat Pay's version 2: XML, signed with a key that both sides have. */
export class WechatPayV2 implements PaymentGateway, NoticeReader {
  readonly api = 'v2';
  readonly appAppid: AppId | null;
  readonly merchant: Merchant;
  readonly #settings: PayV2Settings;
  readonly #clock: Clock;
  readonly #calls: V2Calls;
  readonly #refundBudget = new ErrorBudget();

  constructor(settings: PayV2Settings, clock: Clock) {
    this.merchant = { appid: settings.appid, mchid: settings.mchid };
    this.appAppid = settings.appAppid;
    this.#settings = settings;
    this.#clock = clock;
    this.#calls = new V2Calls(settings, clock);
  }

  prepay(order: PrepayingOrder): Promise<PrepayAnswer> {
    const { tradeType } = order.prepay;
    const expiresAt = later(this.#clock.now(), ticketLifetime(tradeType));
    const parameters = unifiedOrderOf(order, this.#settings.notifyUrl);
    return this.#calls.ask<PrepayAnswer>('unifiedorder', order, parameters, (answer) => {
      if (answer.kind === 'success')
        return { kind: 'ready', ticket: { pass: passIn(answer.fields, tradeType), expiresAt } };
      const kind = settledBy(UNIFIEDORDER_CODES, answer.code);
      return kind === 'refused' ? { kind, reason: answer.code } : { kind };
    });
  }

  query(order: Order): Promise<QueryAnswer> {
    return this.#calls.ask<QueryAnswer>('orderquery', order, { out_trade_no: order.id }, (answer) => {
      if (answer.kind === 'success') return readTradeState(answer.fields, order.id);
      return { kind: settledBy(ORDERQUERY_CODES, answer.code) };
    });
  }

  close(order: Order): Promise<CloseAnswer> {
    return this.#calls.ask<CloseAnswer>('closeorder', order, { out_trade_no: order.id }, (answer) => {
      if (answer.kind === 'success') return { kind: 'closed' };
      const kind = settledBy(CLOSEORDER_CODES, answer.code);
      return kind === 'refused' ? { kind, reason: answer.code } : { kind };
    });
  }

  paymentRequest({ appid, ticket }: PrepaidOrder): PaymentRequest {
    const { key, signType } = this.#settings;
    const request = {
      timeStamp: this.#timestamp(),
      nonceStr: newNonce(),
      package: `prepay_id=${ticket.pass}`,
      signType,
    };
    return { ...request, paySign: paySignV2({ appId: appid, ...request }, key.reveal()) };
  }

  appRequest({ appid, mchid, ticket }: PrepaidOrder): AppPaymentRequest {
    const { key, signType } = this.#settings;
    const request = {
      appid,
      partnerid: mchid,
      prepayid: ticket.pass,
      package: 'Sign=WXPay',
      noncestr: newNonce(),
      timestamp: this.#timestamp(),
    };
    return { ...request, sign: appSignV2(request, key.reveal(), signType) };
  }

  mayRefund(): boolean {
    return this.#settings.certificate !== null;
  }

  async refund(order: PaidOrder, refund: Refund): Promise<RefundAnswer> {
    const parameters = refundOf(order, refund, this.#settings.refundNotifyUrl);
    const answer = await this.#refundBudget.spend(
      () => this.#calls.ask('refund', order, parameters, (heard) => readRefundAnswer(heard, order, refund)),
      ({ kind }) => kind === 'accepted',
    );
    return answer ?? TOO_OFTEN;
  }

  queryRefunds(order: PaidOrder): Promise<RefundsAnswer> {
    return allRefunds((offset) =>
      // Of how many there are in all WeChat tells only who names an offset.
      this.#calls.ask('refundquery', order, { out_trade_no: order.id, offset: String(offset) }, (answer) => {
        if (answer.kind === 'success') return readRefundPage(answer.fields, order.id);
        return { kind: settledBy(REFUNDQUERY_CODES, answer.code) };
      }),
    );
  }

  async sendAbnormalRefund(): Promise<never> {
    throw new AbnormalRefundsOff();
  }

  async readNotice(raw: RawNotice): Promise<NoticeReading> {
    return readV2Notice(raw, this.#settings);
  }

  acknowledge(verdict: NoticeVerdict): Acknowledgement {
    return acknowledgeV2(verdict);
  }

  #timestamp(): string {
    return String(Math.floor(this.#clock.now().getTime() / SECOND));
  }
}
