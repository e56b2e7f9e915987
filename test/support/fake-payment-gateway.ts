import { randomInt } from 'node:crypto';
import type { AppId, OpenId } from '../../src/domain/account/account.ts';
import { type Clock, HOUR, later, MINUTE, SECOND } from '../../src/domain/clock.ts';
import type {
  Acknowledgement,
  NoticeReader,
  NoticeReading,
  NoticeVerdict,
  PaymentNotice,
  RawNotice,
} from '../../src/domain/order/notice-reader.ts';
import { AbnormalRefundsOff } from '../../src/domain/order/order-refusals.ts';
import {
  isExpired,
  type Merchant,
  type Order,
  type PaidOrder,
  type PrepaidOrder,
  type PrepayingOrder,
  type Ticket,
} from '../../src/domain/order/order.ts';
import type { PayApi } from '../../src/domain/order/pay-api.ts';
import type {
  AppPaymentRequest,
  CloseAnswer,
  PaymentGateway,
  PaymentRequest,
  PrepayAnswer,
  QueryAnswer,
  RefundAnswer,
  RefundsAnswer,
  Unknown,
} from '../../src/domain/order/payment-gateway.ts';
import type { PaymentReport } from '../../src/domain/order/payment-report.ts';
import type { RefundReport } from '../../src/domain/order/refund-report.ts';
import type { AbnormalRefund, OutRefundNo, Refund } from '../../src/domain/order/refund.ts';
import type { TradeType } from '../../src/domain/order/trade-type.ts';
import { Outage } from '../../src/domain/outage.ts';
import type { GatewayCall } from '../contracts/payment-gateway-harness.ts';
import { digest, fakeNotice, type FakeSeal, readFakeNotice } from './fake-notices.ts';
import { APP_APPID, APPID, MCHID } from './samples.ts';

interface Trade {
  readonly order: PrepayingOrder;
  state: 'unpaid' | 'closed' | 'paid';
  report: PaymentReport | undefined;
}

interface Failure {
  readonly when: 'before' | 'after';
  readonly outage: Outage;
  times: number;
}

type Result = PaymentNotice['result'];

/** A refund as WeChat has it. */
interface Repayment {
  readonly outTradeNo: string;
  /** Null for one that was made at the console. */
  readonly askedAt: Date | null;
  report: RefundReport;
}

/** A WeChat Pay in a few Maps, for tests of what stands above the port. No network and no XML. */
export class FakePaymentGateway implements PaymentGateway, NoticeReader {
  readonly merchant: Merchant = { appid: APPID, mchid: MCHID };
  api: PayApi = 'v2';
  appAppid: AppId | null = APP_APPID;
  /** Whether it has a certificate to send money back with. */
  isCertified = true;
  /** Whether it tells of every refund of an order, or only of those that it is asked for by their numbers. */
  listsRefunds = true;
  sendsAbnormalRefunds = true;
  /** How often it was asked. */
  readonly calls: Record<GatewayCall, number> = {
    prepay: 0,
    query: 0,
    close: 0,
    refund: 0,
    queryRefunds: 0,
    sendAbnormalRefund: 0,
  };
  /** The reason for which the next prepay is refused. */
  nextRefusal: string | undefined;
  /** What the next refund is answered instead of being made. */
  nextRefund: RefundAnswer | undefined;
  readonly #clock: Clock;
  readonly #trades = new Map<string, Trade>();
  readonly #tickets = new Map<string, { readonly trade: Trade; readonly expiresAt: Date }>();
  readonly #repayments = new Map<string, Repayment>();
  readonly #failures = new Map<GatewayCall, Failure>();
  /** Two of them over one storage give no number twice. */
  #serial = randomInt(2 ** 40);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many orders it has. */
  get size(): number {
    return this.#trades.size;
  }

  /** How many refunds it has. */
  get refundCount(): number {
    return this.#repayments.size;
  }

  /** The next calls end in unknown; `after` they have had their effect. */
  failNext(
    call: GatewayCall,
    when: 'before' | 'after' = 'before',
    { times = 1, outage = new Outage('wechat-timeout', 'WeChat Pay did not answer in time.') } = {},
  ): void {
    this.#failures.set(call, { when, outage, times });
  }

  heal(): void {
    this.#failures.clear();
  }

  /** The payer pays; answers what WeChat will report, which the overrides make untrue of the order. */
  payAt(outTradeNo: string, overrides: Partial<PaymentReport> = {}): PaymentReport {
    const trade = this.#known(outTradeNo);
    if (trade?.state !== 'unpaid')
      throw new Error(`${outTradeNo} is ${trade?.state ?? 'not there'} and cannot be paid`);
    trade.state = 'paid';
    trade.report = this.#reportOn(outTradeNo, overrides);
    return trade.report;
  }

  /** Somebody closes it at WeChat, and not through us. */
  closeAt(outTradeNo: string): void {
    const trade = this.#known(outTradeNo);
    if (trade?.state !== 'unpaid') throw new Error(`${outTradeNo} cannot be closed`);
    trade.state = 'closed';
  }

  /** The notice of the payment of an order, whether it was paid or is even known. */
  noticeOf(outTradeNo: string, overrides: Partial<PaymentReport> = {}, seal: FakeSeal = 'right'): RawNotice {
    const report = { ...(this.#known(outTradeNo)?.report ?? this.#reportOn(outTradeNo)), ...overrides };
    const { transactionId } = report;
    return fakeNotice({ outTradeNo: report.outTradeNo, transactionId, result: { kind: 'paid', report } }, seal);
  }

  failedNoticeOf(outTradeNo: string, reason = 'BANKERROR', overrides: Partial<Merchant> = {}): RawNotice {
    const result: Result = { kind: 'failed', reason, ...this.merchant, ...overrides };
    return fakeNotice({ outTradeNo, transactionId: null, result });
  }

  unreadableNoticeOf(outTradeNo: string | null, field: string): RawNotice {
    const { transactionId } = this.#reportOn('');
    return fakeNotice({ outTradeNo, transactionId, result: { kind: 'unreadable', field } });
  }

  /** The money arrives, or does not. */
  settleRefundAt(outRefundNo: string, state: RefundReport['state']): void {
    const repayment = this.#repayments.get(outRefundNo);
    if (!repayment) throw new Error(`${outRefundNo} is not there`);
    const succeededAt = state === 'succeeded' ? this.#clock.now() : null;
    repayment.report = { ...repayment.report, state, succeededAt };
  }

  /** Somebody refunds at WeChat's console; answers the number that the refund has there. */
  refundAtConsole(outTradeNo: string, amount: number): OutRefundNo {
    const outRefundNo = `console${this.#next()}` as OutRefundNo;
    this.#repay({ outTradeNo, outRefundNo, amount, askedAt: null });
    return outRefundNo;
  }

  /** One that nobody signs. */
  refundNoticeOf(outTradeNo: string, outRefundNo: string, seal: FakeSeal = 'right'): RawNotice {
    return fakeNotice({ outTradeNo, outRefundNo, signed: null }, seal);
  }

  /** One that is to be believed; the overrides make it untrue of the refund. */
  signedRefundNoticeOf(
    outTradeNo: string,
    outRefundNo: string,
    overrides: { readonly transactionId?: string; readonly report?: Partial<RefundReport> } = {},
    seal: FakeSeal = 'right',
  ): RawNotice {
    const repayment = this.#repayments.get(outRefundNo);
    const payment = this.#known(outTradeNo)?.report;
    if (!repayment || !payment) throw new Error(`${outRefundNo} is not there`);
    const { transactionId = payment.transactionId, report } = overrides;
    const signed = { transactionId, report: { ...repayment.report, ...report } };
    return fakeNotice({ outTradeNo, outRefundNo: signed.report.outRefundNo, signed }, seal);
  }

  prepay(order: PrepayingOrder): Promise<PrepayAnswer> {
    return this.#answer('prepay', (): PrepayAnswer => {
      const reason = this.nextRefusal;
      this.nextRefusal = undefined;
      if (reason !== undefined) return { kind: 'refused', reason };
      const trade = this.#known(order.id) ?? this.#take(order);
      if (trade.state === 'paid') return { kind: 'already-paid' };
      if (trade.state === 'closed') return { kind: 'refused', reason: 'ORDERCLOSED' };
      if (wordsOf(order) !== wordsOf(trade.order)) return { kind: 'conflict' };
      return { kind: 'ready', ticket: this.#ticketFor(trade) };
    });
  }

  query(order: Order): Promise<QueryAnswer> {
    return this.#answer('query', (): QueryAnswer => {
      const trade = this.#known(order.id);
      if (!trade) return { kind: 'absent' };
      return trade.report
        ? { kind: 'paid', report: trade.report }
        : { kind: trade.state === 'closed' ? 'closed' : 'unpaid' };
    });
  }

  close(order: Order): Promise<CloseAnswer> {
    return this.#answer('close', (): CloseAnswer => {
      const trade = this.#known(order.id);
      if (!trade) return { kind: 'absent' };
      if (trade.state === 'paid') return { kind: 'already-paid' };
      trade.state = 'closed';
      return { kind: 'closed' };
    });
  }

  paymentRequest({ appid, ticket }: PrepaidOrder): PaymentRequest {
    const request = {
      timeStamp: this.#timestamp(),
      nonceStr: `nonce${this.#next()}`,
      package: `prepay_id=${ticket.pass}`,
      signType: 'FAKE',
    };
    return { ...request, paySign: paySignOf(appid, request) };
  }

  appRequest({ appid, mchid, ticket }: PrepaidOrder): AppPaymentRequest {
    const request = {
      appid,
      partnerid: mchid,
      prepayid: ticket.pass,
      package: 'Sign=WXPay',
      noncestr: `nonce${this.#next()}`,
      timestamp: this.#timestamp(),
    };
    return { ...request, sign: appSignOf(request) };
  }

  /** What the payer's phone does with it. */
  payWith(request: PaymentRequest): PaymentReport {
    const trade = this.#tradeOf(request.package.slice('prepay_id='.length), 'JSAPI');
    if (request.paySign !== paySignOf(trade.order.appid, request)) throw new Error('paySign does not fit');
    return this.payAt(trade.order.id);
  }

  /** What WeChat's app does with what an app hands to it. */
  payInApp(request: AppPaymentRequest): PaymentReport {
    if (request.sign !== appSignOf(request)) throw new Error('sign does not fit');
    return this.payAt(this.#tradeOf(request.prepayid, 'APP').order.id);
  }

  /** What somebody's camera or browser does with an address. */
  payByUrl(url: string, payer = SOMEBODY): PaymentReport {
    return this.payAt(this.#tradeOf(url, 'NATIVE', 'H5').order.id, { payer });
  }

  mayRefund(_order: PaidOrder): boolean {
    return this.isCertified;
  }

  refund(order: PaidOrder, refund: Refund): Promise<RefundAnswer> {
    return this.#answer('refund', (): RefundAnswer => {
      const ordered = this.nextRefund;
      this.nextRefund = undefined;
      return ordered ?? this.#refund(order.id, refund);
    });
  }

  queryRefunds(order: PaidOrder, named: readonly OutRefundNo[] = []): Promise<RefundsAnswer> {
    const asked = new Set([...order.refunds.map(({ id }) => id), ...named]);
    return this.#answer('queryRefunds', (): RefundsAnswer => {
      const reports = this.#repaymentsOf(order.id).map(({ report }) => report);
      const told = reports.filter(({ outRefundNo }) => this.listsRefunds || asked.has(outRefundNo));
      return told.length === 0 ? { kind: 'absent' } : { kind: 'refunds', reports: told };
    });
  }

  async sendAbnormalRefund(_order: PaidOrder, { id }: AbnormalRefund): Promise<RefundAnswer> {
    if (!this.sendsAbnormalRefunds) throw new AbnormalRefundsOff();
    return this.#answer('sendAbnormalRefund', (): RefundAnswer => {
      const repayment = this.#repayments.get(id);
      if (repayment?.report.state !== 'abnormal') return { kind: 'refused', reason: 'INVALID_REQUEST' };
      this.settleRefundAt(id, 'processing');
      return { kind: 'accepted', refundId: repayment.report.refundId };
    });
  }

  async readNotice(raw: RawNotice): Promise<NoticeReading> {
    return readFakeNotice(raw);
  }

  acknowledge(verdict: NoticeVerdict): Acknowledgement {
    return { status: STATUSES[verdict], contentType: 'text/plain', body: verdict };
  }

  #refund(outTradeNo: string, { id, amount }: Refund): RefundAnswer {
    const trade = this.#known(outTradeNo);
    if (!trade?.report) return { kind: 'refused', reason: 'ORDERNOTEXIST' };
    const known = this.#repayments.get(id)?.report;
    if (known) return known.amount === amount ? { kind: 'accepted', refundId: known.refundId } : OTHER_AMOUNT;
    const others = this.#repaymentsOf(outTradeNo);
    const now = this.#clock.now();
    if (others.some(({ askedAt }) => askedAt && now < later(askedAt, MINUTE))) return TOO_SOON;
    const gone = others.filter(({ report }) => report.state !== 'closed').map(({ report }) => report.amount);
    if (gone.reduce((sum, part) => sum + part, amount) > trade.report.total) return TOO_MUCH;
    const { refundId } = this.#repay({ outTradeNo, outRefundNo: id, amount, askedAt: now });
    return { kind: 'accepted', refundId };
  }

  #repay({ outTradeNo, outRefundNo, amount, askedAt }: Asked): RefundReport {
    const refundId = `5030${String(this.#next()).padStart(24, '0')}`;
    const report = { outRefundNo, refundId, amount, state: 'processing', succeededAt: null } as const;
    this.#repayments.set(outRefundNo, { outTradeNo, askedAt, report });
    return report;
  }

  #repaymentsOf(outTradeNo: string): Repayment[] {
    return [...this.#repayments.values()].filter((repayment) => repayment.outTradeNo === outTradeNo);
  }

  async #answer<Answer>(call: GatewayCall, work: () => Answer): Promise<Answer | Unknown> {
    this.calls[call] += 1;
    await new Promise((resolve) => setImmediate(resolve));
    const failure = this.#failures.get(call);
    if (!failure) return work();
    failure.times -= 1;
    if (failure.times <= 0) this.#failures.delete(call);
    if (failure.when === 'after') work();
    return { kind: 'unknown', outage: failure.outage };
  }

  /** Closed by itself once its time is over, as at WeChat. */
  #known(outTradeNo: string): Trade | undefined {
    const trade = this.#trades.get(outTradeNo);
    if (trade?.state === 'unpaid' && isExpired(trade.order, this.#clock.now())) trade.state = 'closed';
    return trade;
  }

  #take(order: PrepayingOrder): Trade {
    const trade: Trade = { order, state: 'unpaid', report: undefined };
    this.#trades.set(order.id, trade);
    return trade;
  }

  #ticketFor(trade: Trade): Ticket {
    const { tradeType } = trade.order.prepay;
    const pass = `${PASSES[tradeType]}${this.#next()}`;
    const expiresAt = later(this.#clock.now(), tradeType === 'H5' ? 5 * MINUTE : 2 * HOUR);
    this.#tickets.set(pass, { trade, expiresAt });
    return { pass, expiresAt };
  }

  #tradeOf(pass: string, ...tradeTypes: readonly TradeType[]): Trade {
    const ticket = this.#tickets.get(pass);
    if (!ticket || !tradeTypes.includes(ticket.trade.order.prepay.tradeType)) throw new Error('no such ticket');
    if (this.#clock.now() >= ticket.expiresAt) throw new Error('the ticket is not good any more');
    return ticket.trade;
  }

  #reportOn(outTradeNo: string, overrides: Partial<PaymentReport> = {}): PaymentReport {
    const known = this.#trades.get(outTradeNo);
    return {
      ...(known ? wordsOn(known.order) : { ...this.merchant, ...OF_NOBODY }),
      outTradeNo,
      transactionId: `4200${String(this.#next()).padStart(24, '0')}`,
      currency: 'CNY',
      paidAt: this.#clock.now(),
      bankType: 'OTHERS',
      ...overrides,
    };
  }

  #timestamp(): string {
    return String(Math.floor(this.#clock.now().getTime() / SECOND));
  }

  #next(): number {
    return (this.#serial += 1);
  }
}

/** With what a pass of each kind begins. */
const PASSES: Record<TradeType, string> = {
  JSAPI: 'wx',
  NATIVE: 'weixin://wxpay/bizpayurl?pr=',
  H5: 'https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx',
  APP: 'wx',
};

const paySignOf = (appid: AppId, request: Omit<PaymentRequest, 'paySign'>): string => {
  const { timeStamp, nonceStr, package: packed, signType } = request;
  return digest(JSON.stringify([appid, timeStamp, nonceStr, packed, signType]));
};

const appSignOf = (request: Omit<AppPaymentRequest, 'sign'>): string => {
  const { appid, partnerid, prepayid, package: packed, noncestr, timestamp } = request;
  return digest(JSON.stringify([appid, partnerid, prepayid, packed, noncestr, timestamp]));
};

const SOMEBODY = 'oSomebody' as OpenId;
const OF_NOBODY = { total: 888, payerTotal: 888, payer: SOMEBODY, tradeType: 'JSAPI' };

const wordsOn = ({ appid, mchid, amount: { total }, payer, prepay }: PrepayingOrder) => ({
  appid,
  mchid,
  total,
  payerTotal: total,
  payer: payer?.openid ?? SOMEBODY,
  tradeType: prepay.tradeType,
});

interface Asked {
  readonly outTradeNo: string;
  readonly outRefundNo: OutRefundNo;
  readonly amount: number;
  readonly askedAt: Date | null;
}

const TOO_SOON: RefundAnswer = { kind: 'later', reason: 'FREQUENCY_LIMITED', wait: MINUTE };

/** WeChat says so with a code that may mean anything. */
const TOO_MUCH: Unknown = {
  kind: 'unknown',
  outage: new Outage('wechat-busy', 'WeChat Pay is busy.'),
};

const OTHER_AMOUNT: Unknown = {
  kind: 'unknown',
  outage: new Outage('wechat-misconfigured', 'There is a refund of this number with another amount.'),
};

/** All that WeChat is told of an order: said again, it has to be the very same. */
const wordsOf = ({
  id,
  appid,
  mchid,
  description,
  amount,
  attach,
  timeExpire,
  payer,
  prepay,
}: PrepayingOrder): string =>
  JSON.stringify([
    id,
    appid,
    mchid,
    description,
    amount,
    attach,
    timeExpire,
    payer?.openid,
    prepay.tradeType,
    prepay.clientIp,
  ]);

const STATUSES: Record<NoticeVerdict, number> = {
  paid: 200,
  duplicate: 200,
  recorded: 200,
  ignored: 200,
  noted: 200,
  forged: 401,
  probe: 401,
  stale: 401,
  'unknown-key': 401,
  malformed: 400,
  downgraded: 422,
  mismatch: 422,
  'unknown-order': 503,
  'not-now': 503,
};
