import { createHash, randomInt } from 'node:crypto';
import type { OpenId } from '../../src/domain/account/account.ts';
import { type Clock, HOUR, later, MINUTE, SECOND } from '../../src/domain/clock.ts';
import {
  isExpired,
  type Merchant,
  type Order,
  type PaidOrder,
  type PrepayingOrder,
  type Ticket,
} from '../../src/domain/order/order.ts';
import type {
  Acknowledgement,
  CloseAnswer,
  NoticeReading,
  NoticeVerdict,
  PaymentGateway,
  PaymentNotice,
  PaymentRequest,
  PrepayAnswer,
  QueryAnswer,
  RawNotice,
  RefundAnswer,
  RefundNoticeReading,
  RefundsAnswer,
  Unknown,
} from '../../src/domain/order/payment-gateway.ts';
import type { PaymentReport } from '../../src/domain/order/payment-report.ts';
import type { RefundReport } from '../../src/domain/order/refund-report.ts';
import type { OutRefundNo, Refund } from '../../src/domain/order/refund.ts';
import { Outage } from '../../src/domain/outage.ts';
import type { GatewayCall, NoticeSeal } from '../contracts/payment-gateway.contract.ts';
import { APPID, MCHID } from './samples.ts';

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

/** Which refund a notice is about. */
interface ToldRefund {
  readonly outTradeNo: string;
  readonly outRefundNo: string;
}

/** What a notice of this WeChat says; the seal is over all the rest. */
interface Told {
  readonly outTradeNo: string | null;
  readonly transactionId: string | null;
  readonly result: Result;
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

const SEALS: Record<NoticeSeal, string> = {
  right: 'our key',
  foreign: 'their key',
  weaker: 'our key, weakly',
  none: '',
};

/** A WeChat Pay in a few Maps, for tests of what stands above the port. No network and no XML. */
export class FakePaymentGateway implements PaymentGateway {
  readonly merchant: Merchant = { appid: APPID, mchid: MCHID };
  /** How often it was asked. */
  readonly calls: Record<GatewayCall, number> = { prepay: 0, query: 0, close: 0, refund: 0, queryRefunds: 0 };
  /** The reason for which the next prepay is refused. */
  nextRefusal: string | undefined;
  /** What the next refund is answered instead of being made. */
  nextRefund: RefundAnswer | undefined;
  readonly #clock: Clock;
  readonly #trades = new Map<string, Trade>();
  readonly #tickets = new Map<string, Trade>();
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
  noticeOf(outTradeNo: string, overrides: Partial<PaymentReport> = {}, seal: NoticeSeal = 'right'): RawNotice {
    const report = { ...(this.#known(outTradeNo)?.report ?? this.#reportOn(outTradeNo)), ...overrides };
    const { transactionId } = report;
    return notice({ outTradeNo: report.outTradeNo, transactionId, result: { kind: 'paid', report } }, seal);
  }

  failedNoticeOf(outTradeNo: string, reason = 'BANKERROR', overrides: Partial<Merchant> = {}): RawNotice {
    const result: Result = { kind: 'failed', reason, ...this.merchant, ...overrides };
    return notice({ outTradeNo, transactionId: null, result });
  }

  unreadableNoticeOf(outTradeNo: string | null, field: string): RawNotice {
    const { transactionId } = this.#reportOn('');
    return notice({ outTradeNo, transactionId, result: { kind: 'unreadable', field } });
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

  refundNoticeOf(outTradeNo: string, outRefundNo: string, seal: NoticeSeal = 'right'): RawNotice {
    return notice({ outTradeNo, outRefundNo }, seal);
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

  paymentRequest({ prepayId }: Ticket): PaymentRequest {
    const request = {
      timeStamp: String(Math.floor(this.#clock.now().getTime() / SECOND)),
      nonceStr: `nonce${this.#next()}`,
      package: `prepay_id=${prepayId}`,
      signType: 'FAKE',
    };
    return { ...request, paySign: digest(JSON.stringify(request)) };
  }

  /** What the payer's phone does with it. */
  payWith({ paySign, ...request }: PaymentRequest): PaymentReport {
    const { timeStamp, nonceStr, package: packed, signType } = request;
    if (paySign !== digest(JSON.stringify({ timeStamp, nonceStr, package: packed, signType })))
      throw new Error('paySign does not fit');
    const trade = this.#tickets.get(packed.slice('prepay_id='.length));
    if (!trade) throw new Error('no such prepay_id');
    return this.payAt(trade.order.id);
  }

  readNotice({ headers, body }: RawNotice): NoticeReading {
    const text = Buffer.from(body).toString();
    const told = parse(text);
    if (!told) return { kind: 'malformed', why: 'no JSON' };
    const kept = { headers, body: text };
    const read = { ...told.told, kept } as PaymentNotice;
    if (isSealed(told, 'right')) return { kind: 'payment', notice: read };
    if (isSealed(told, 'weaker')) return { kind: 'downgraded', notice: read };
    return { kind: 'forged', why: 'the seal does not fit' };
  }

  refund(order: PaidOrder, refund: Refund): Promise<RefundAnswer> {
    return this.#answer('refund', (): RefundAnswer => {
      const ordered = this.nextRefund;
      this.nextRefund = undefined;
      return ordered ?? this.#refund(order.id, refund);
    });
  }

  queryRefunds(order: PaidOrder): Promise<RefundsAnswer> {
    return this.#answer('queryRefunds', (): RefundsAnswer => {
      const reports = this.#repaymentsOf(order.id).map(({ report }) => report);
      return reports.length === 0 ? { kind: 'absent' } : { kind: 'refunds', reports };
    });
  }

  readRefundNotice({ body }: RawNotice): RefundNoticeReading {
    const told = parse<ToldRefund>(Buffer.from(body).toString());
    if (!told) return { kind: 'malformed', why: 'no JSON' };
    return isSealed(told, 'right')
      ? { kind: 'refund', ...told.told }
      : { kind: 'forged', why: 'the seal does not fit' };
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
    const prepayId = `wx${this.#next()}`;
    this.#tickets.set(prepayId, trade);
    return { prepayId, expiresAt: later(this.#clock.now(), 2 * HOUR) };
  }

  #reportOn(outTradeNo: string, overrides: Partial<PaymentReport> = {}): PaymentReport {
    const order = this.#trades.get(outTradeNo)?.order;
    const total = order?.amount.total ?? 888;
    return {
      ...this.merchant,
      outTradeNo,
      transactionId: `4200${String(this.#next()).padStart(24, '0')}`,
      total,
      currency: 'CNY',
      payer: order?.payer.openid ?? ('oSomebody' as OpenId),
      payerTotal: total,
      paidAt: this.#clock.now(),
      tradeType: 'JSAPI',
      bankType: 'OTHERS',
      ...overrides,
    };
  }

  #next(): number {
    return (this.#serial += 1);
  }
}

interface Asked extends ToldRefund {
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
  JSON.stringify([id, appid, mchid, description, amount, attach, timeExpire, payer.openid, prepay.clientIp]);

const STATUSES: Record<NoticeVerdict, number> = {
  paid: 200,
  duplicate: 200,
  recorded: 200,
  noted: 200,
  forged: 401,
  malformed: 400,
  downgraded: 422,
  mismatch: 422,
  'unknown-order': 503,
  'not-now': 503,
};

interface Sealed<What> {
  readonly told: What;
  readonly seal: string;
}

const sealFor = (told: Told | ToldRefund, seal: NoticeSeal): string =>
  seal === 'none' ? '' : digest(SEALS[seal] + JSON.stringify(told));

const isSealed = ({ told, seal }: Sealed<Told | ToldRefund>, kind: NoticeSeal): boolean => seal === sealFor(told, kind);

const notice = (told: Told | ToldRefund, seal: NoticeSeal = 'right'): RawNotice => ({
  headers: [['content-type', 'application/json']],
  body: Buffer.from(JSON.stringify({ told, seal: sealFor(told, seal) } satisfies Sealed<Told | ToldRefund>)),
});

function parse<What = Told>(text: string): Sealed<What> | undefined {
  try {
    return JSON.parse(text, (name, value: unknown) =>
      name === 'paidAt' ? new Date(String(value)) : value,
    ) as Sealed<What>;
  } catch {
    return undefined;
  }
}
