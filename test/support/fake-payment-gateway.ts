import { createHash, randomInt } from 'node:crypto';
import type { OpenId } from '../../src/domain/account/account.ts';
import { type Clock, HOUR, later, SECOND } from '../../src/domain/clock.ts';
import {
  isExpired,
  type Merchant,
  type Order,
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
  Unknown,
} from '../../src/domain/order/payment-gateway.ts';
import type { PaymentReport } from '../../src/domain/order/payment-report.ts';
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
  readonly calls: Record<GatewayCall, number> = { prepay: 0, query: 0, close: 0 };
  /** The reason for which the next prepay is refused. */
  nextRefusal: string | undefined;
  readonly #clock: Clock;
  readonly #trades = new Map<string, Trade>();
  readonly #tickets = new Map<string, Trade>();
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

  acknowledge(verdict: NoticeVerdict): Acknowledgement {
    return { status: STATUSES[verdict], contentType: 'text/plain', body: verdict };
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
  forged: 401,
  malformed: 400,
  downgraded: 422,
  mismatch: 422,
  'unknown-order': 503,
  'not-now': 503,
};

interface Sealed {
  readonly told: Told;
  readonly seal: string;
}

const sealFor = (told: Told, seal: NoticeSeal): string =>
  seal === 'none' ? '' : digest(SEALS[seal] + JSON.stringify(told));

const isSealed = ({ told, seal }: Sealed, kind: NoticeSeal): boolean => seal === sealFor(told, kind);

const notice = (told: Told, seal: NoticeSeal = 'right'): RawNotice => ({
  headers: [['content-type', 'application/json']],
  body: Buffer.from(JSON.stringify({ told, seal: sealFor(told, seal) } satisfies Sealed)),
});

function parse(text: string): Sealed | undefined {
  try {
    return JSON.parse(text, (name, value: unknown) => (name === 'paidAt' ? new Date(String(value)) : value)) as Sealed;
  } catch {
    return undefined;
  }
}
