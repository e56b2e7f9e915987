import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { AppId } from '../../../domain/account/account.ts';
import { type Clock, SECOND } from '../../../domain/clock.ts';
import type {
  Acknowledgement,
  NoticeReader,
  NoticeReading,
  NoticeVerdict,
  RawNotice,
} from '../../../domain/order/notice-reader.ts';
import type { Merchant, Order, PaidOrder, PrepaidOrder, PrepayingOrder } from '../../../domain/order/order.ts';
import type {
  AbnormalRefundWish,
  AppPaymentRequest,
  CloseAnswer,
  PaymentGateway,
  PaymentRequest,
  PrepayAnswer,
  QueryAnswer,
  RefundAnswer,
  RefundsAnswer,
  Unknown,
} from '../../../domain/order/payment-gateway.ts';
import type { AbnormalRefund, OutRefundNo, Refund } from '../../../domain/order/refund.ts';
import { ErrorBudget } from '../pay-client/error-budget.ts';
import { misconfigured, unreachable, unreadable } from '../pay-client/outages.ts';
import { sealOaep } from '../protocol/oaep.ts';
import { appSignV3, paySignV3 } from '../protocol/pay-sign.ts';
import type { PlatformKeys } from './platform-keys.ts';
import type { V3Answer } from './v3-answer.ts';
import { V3Calls } from './v3-calls.ts';
import { CLOSE_CODES, PREPAY_CODES, QUERY_CODES, settledBy } from './v3-error-codes.ts';
import { acknowledgeV3, readV3Notice } from './v3-notice.ts';
import {
  abnormalRefundWords,
  judgedBy,
  type Look,
  numbersOf,
  readAbnormalAnswer,
  readOne,
  readRefundAnswer,
  readWhetherTaken,
  refundQueryWords,
  refundsOf,
  refundWords,
} from './v3-refund.ts';
import { newNonce, unixSeconds, type V3Call, type V3Words } from './v3-request.ts';
import type { PayV3Settings } from './v3-settings.ts';
import { closeWords, prepayWords, queryWords, readTicket, readTradeState } from './v3-trade.ts';

/** Too much has failed just now for WeChat to be asked. */
const TOO_OFTEN: RefundAnswer = { kind: 'later', reason: null, wait: SECOND };

/** WeChat Pay's version 3: JSON, signed with keys that each side has to itself. */
export class WechatPayV3 implements PaymentGateway, NoticeReader {
  readonly api = 'v3';
  readonly merchant: Merchant;
  readonly appAppid: AppId | null;
  readonly #settings: PayV3Settings;
  readonly #clock: Clock;
  readonly #keys: PlatformKeys;
  readonly #calls: V3Calls;
  readonly #merchantKey: KeyObject;
  readonly #refundBudget = new ErrorBudget();

  constructor(settings: PayV3Settings, clock: Clock, keys: PlatformKeys) {
    this.merchant = { appid: settings.appid, mchid: settings.mchid };
    this.appAppid = settings.appAppid;
    this.#settings = settings;
    this.#clock = clock;
    this.#keys = keys;
    this.#calls = new V3Calls(settings, clock, keys);
    this.#merchantKey = createPrivateKey(settings.certificate.key.reveal());
  }

  prepay(order: PrepayingOrder): Promise<PrepayAnswer> {
    const askedAt = this.#clock.now();
    const words = prepayWords(order, this.#settings.notifyUrl);
    return this.#ask<PrepayAnswer>('prepay', order, words, (answer) => {
      if (answer.kind === 'success') return { kind: 'ready', ticket: readTicket(answer.fields, order, askedAt) };
      const kind = settledBy(PREPAY_CODES, answer);
      return kind === 'refused' ? { kind, reason: answer.code } : { kind };
    });
  }

  query(order: Order): Promise<QueryAnswer> {
    return this.#ask<QueryAnswer>('query', order, queryWords(order), (answer) => {
      if (answer.kind === 'success') return readTradeState(answer.fields, order);
      return { kind: settledBy(QUERY_CODES, answer) };
    });
  }

  close(order: Order): Promise<CloseAnswer> {
    return this.#ask<CloseAnswer>('close', order, closeWords(order), (answer) => {
      if (answer.kind === 'success') return { kind: 'closed' };
      const kind = settledBy(CLOSE_CODES, answer);
      return kind === 'refused' ? { kind, reason: answer.code } : { kind };
    });
  }

  paymentRequest({ appid, ticket }: PrepaidOrder): PaymentRequest {
    const request = {
      timeStamp: unixSeconds(this.#clock.now()),
      nonceStr: newNonce(),
      package: `prepay_id=${ticket.pass}`,
    };
    return { ...request, signType: 'RSA', paySign: paySignV3({ appId: appid, ...request }, this.#merchantKey) };
  }

  appRequest({ appid, mchid, ticket }: PrepaidOrder): AppPaymentRequest {
    const signed = { appid, timestamp: unixSeconds(this.#clock.now()), noncestr: newNonce(), prepayid: ticket.pass };
    return { ...signed, partnerid: mchid, package: 'Sign=WXPay', sign: appSignV3(signed, this.#merchantKey) };
  }

  mayRefund(): boolean {
    return true;
  }

  async refund(order: PaidOrder, refund: Refund): Promise<RefundAnswer> {
    const words = refundWords(order, refund, this.#settings.notifyUrl);
    const answer = await this.#refundBudget.spend(
      () => this.#ask('refund', order, words, (heard) => readRefundAnswer(heard, order, refund)),
      ({ kind }) => kind === 'accepted',
    );
    return answer?.kind === 'look' ? this.#lookAt(order, refund, answer) : (answer ?? TOO_OFTEN);
  }

  async #lookAt(order: PaidOrder, refund: Refund, look: Look): Promise<RefundAnswer> {
    const known = await this.#ask('refund-query', order, refundQueryWords(refund.id), (answer) =>
      readWhetherTaken(answer, order, refund),
    );
    return judgedBy(known, look, refund);
  }

  queryRefunds(order: PaidOrder, named: readonly OutRefundNo[] = []): Promise<RefundsAnswer> {
    return refundsOf(numbersOf(order, named), (id) =>
      this.#ask('refund-query', order, refundQueryWords(id), (answer) => readOne(answer, order, id)),
    );
  }

  async sendAbnormalRefund(order: PaidOrder, refund: AbnormalRefund, wish: AbnormalRefundWish): Promise<RefundAnswer> {
    const newest = await this.#keys.newest();
    if (!newest) return { kind: 'unknown', outage: unreadable('no key to seal with') };
    const { key, serial } = newest;
    const words = abnormalRefundWords(refund, wish, (text) => sealOaep(text, key));
    return this.#ask('abnormal-refund', order, { ...words, serial }, (answer) =>
      readAbnormalAnswer(answer, order, refund),
    );
  }

  async readNotice(raw: RawNotice): Promise<NoticeReading> {
    const reading = await readV3Notice(raw, this.#settings, (serial) => this.#keys.find(serial), this.#clock.now());
    // It may be WeChat's own: that is for its list to say, and there is none to be had now.
    if (reading.kind === 'unknown-key' && this.#keys.isBehind) throw unreachable('no list of certificates', false);
    return reading;
  }

  acknowledge(verdict: NoticeVerdict): Acknowledgement {
    return acknowledgeV3(verdict);
  }

  /** Of an order of another merchant, WeChat would tell us that it does not exist. Which app it is of, it does not ask. */
  async #ask<Answer>(
    call: V3Call,
    { mchid }: Order,
    words: V3Words & { readonly serial?: string },
    read: (answer: V3Answer) => Answer,
  ): Promise<Answer | Unknown> {
    if (mchid === this.#settings.mchid) return this.#calls.ask(call, words, read);
    return { kind: 'unknown', outage: misconfigured('an order of another merchant') };
  }
}
