import { type Clock, HOUR, later, SECOND } from '../../../domain/clock.ts';
import type { Merchant, Order, PaidOrder, PrepayingOrder, Ticket } from '../../../domain/order/order.ts';
import type {
  Acknowledgement,
  CloseAnswer,
  NoticeReading,
  NoticeVerdict,
  PaymentGateway,
  PaymentRequest,
  PrepayAnswer,
  QueryAnswer,
  RawNotice,
  RefundAnswer,
  RefundNoticeReading,
  RefundsAnswer,
} from '../../../domain/order/payment-gateway.ts';
import type { Refund } from '../../../domain/order/refund.ts';
import { ErrorBudget } from '../pay-client/error-budget.ts';
import { unreadable } from '../pay-client/outages.ts';
import { compactTime } from '../protocol/compact-time.ts';
import { paySignV2 } from '../protocol/pay-sign.ts';
import type { V2Fields } from '../protocol/v2-signature.ts';
import { CLOSEORDER_CODES, ORDERQUERY_CODES, REFUNDQUERY_CODES, settledBy, UNIFIEDORDER_CODES } from './err-codes.ts';
import { V2Calls } from './v2-calls.ts';
import { acknowledgeV2, readV2Notice } from './v2-notice.ts';
import { readV2RefundNotice } from './v2-refund-notice.ts';
import { allRefunds, readRefundPage } from './v2-refund-query.ts';
import { readRefundAnswer, refundOf } from './v2-refund.ts';
import { newNonce, type V2Parameters } from './v2-request.ts';
import type { PayV2Settings } from './v2-settings.ts';
import { readTradeState } from './v2-trade-state.ts';

const TICKET_LIFETIME = 2 * HOUR;

/** Too much has failed just now for WeChat to be asked. */
const TOO_OFTEN: RefundAnswer = { kind: 'later', reason: null, wait: SECOND };

/** WeChat Pay's version 2: XML, signed with a key that both sides have. */
export class WechatPayV2 implements PaymentGateway {
  readonly merchant: Merchant;
  readonly #settings: PayV2Settings;
  readonly #clock: Clock;
  readonly #calls: V2Calls;
  readonly #refundBudget = new ErrorBudget();

  constructor(settings: PayV2Settings, clock: Clock) {
    this.merchant = { appid: settings.appid, mchid: settings.mchid };
    this.#settings = settings;
    this.#clock = clock;
    this.#calls = new V2Calls(settings, clock);
  }

  prepay(order: PrepayingOrder): Promise<PrepayAnswer> {
    const expiresAt = later(this.#clock.now(), TICKET_LIFETIME);
    const parameters = unifiedOrderOf(order, this.#settings.notifyUrl);
    return this.#calls.ask<PrepayAnswer>('unifiedorder', order, parameters, (answer) => {
      if (answer.kind === 'success')
        return { kind: 'ready', ticket: { prepayId: prepayIdIn(answer.fields), expiresAt } };
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

  paymentRequest({ prepayId }: Ticket): PaymentRequest {
    const { appid, key, signType } = this.#settings;
    const request = {
      timeStamp: String(Math.floor(this.#clock.now().getTime() / SECOND)),
      nonceStr: newNonce(),
      package: `prepay_id=${prepayId}`,
      signType,
    };
    return { ...request, paySign: paySignV2({ appId: appid, ...request }, key.reveal()) };
  }

  readNotice(raw: RawNotice): NoticeReading {
    return readV2Notice(raw, this.#settings);
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

  readRefundNotice(raw: RawNotice): RefundNoticeReading {
    return readV2RefundNotice(raw, this.#settings);
  }

  acknowledge(verdict: NoticeVerdict): Acknowledgement {
    return acknowledgeV2(verdict);
  }
}

/** Everything comes from the order, so that saying it again is saying the very same. */
const unifiedOrderOf = (order: PrepayingOrder, notifyUrl: string): V2Parameters => ({
  trade_type: 'JSAPI',
  body: order.description,
  out_trade_no: order.id,
  fee_type: order.amount.currency,
  total_fee: String(order.amount.total),
  spbill_create_ip: order.prepay.clientIp,
  time_expire: compactTime(order.timeExpire),
  notify_url: notifyUrl,
  openid: order.payer.openid,
  attach: order.attach ?? undefined,
});

function prepayIdIn(fields: V2Fields): string {
  const id = fields.get('prepay_id') ?? '';
  if (!/^[!-~]{1,64}$/.test(id)) throw unreadable('no prepay_id');
  return id;
}
