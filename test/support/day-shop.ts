import { onTestFinished, vi } from 'vitest';
import type { Handle } from '../../src/adapters/koa/server.ts';
import type { Order } from '../../src/domain/order/order.ts';
import type { Persistence } from '../../src/domain/persistence.ts';
import { compose } from '../../src/main/compose.ts';
import { resolve } from '../../src/main/container.ts';
import type { Environment } from '../../src/main/environment.ts';
import { createLogger } from '../../src/main/logger.ts';
import { TOKENS as T } from '../../src/main/tokens.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { type Answer, Client } from './client.ts';
import { APPID, MCHID } from './samples.ts';
import { serving } from './simulated-wechat-pay.ts';
import { SimulatorControl } from './simulator-control.ts';
import { APP_SECRET } from './simulated-wechat.ts';
import { MERCHANT_KEY, testConfig, V2_KEY } from './test-config.ts';
import { SIMULATED_V3 } from './v3-merchant.ts';

/** A trade as WeChat has it: the truth. */
export interface TrueTrade {
  readonly out_trade_no: string;
  readonly total_fee: number;
  readonly trade_state: string;
  readonly transaction_id?: string;
  readonly refunded_total: number;
  readonly refunds: readonly { out_refund_no: string; refund_id: string; amount: number; state: string }[];
}

/** As the server tells of it. */
export interface KnownDifference {
  readonly kind: string;
  readonly out_trade_no: string;
  readonly out_refund_no: string | null;
  readonly healed: boolean;
}

interface KnownReconciliation {
  readonly compared: number;
  readonly difference_count: number;
  readonly differences: readonly KnownDifference[];
}

const NOWHERE = 'http://127.0.0.1:1/nowhere';

/**
 * A server and the simulator, which know each other by nothing but HTTP, and the calendar in the test's hand: both go by
 * it. The storage behind the server can be exchanged, as when a backup is put back, and so can its configuration.
 */
export class DayShop {
  readonly wechat: SimulatorControl;
  readonly client: Client;
  #handle!: Handle;
  #persistence!: Persistence;
  #settle!: () => Promise<number>;
  #reconcile!: () => Promise<number>;
  readonly #environment: Environment;
  readonly #tokens = new Map<string, Promise<string>>();

  private constructor(wechat: string, url: string, environment: Environment) {
    this.wechat = new SimulatorControl(wechat);
    this.client = new Client(url);
    this.#environment = environment;
  }

  /** Over version 2, unless the environment has it otherwise; this WeChat speaks both. */
  static async open(persistence: Persistence, now: Date, environment: Environment = {}): Promise<DayShop> {
    vi.useFakeTimers({ toFake: ['Date'], now });
    onTestFinished(() => void vi.useRealTimers());
    const pay = { mchid: MCHID, v2Key: V2_KEY, v3: SIMULATED_V3 };
    const simulator = await startSimulator({ appid: APPID, secret: APP_SECRET, pay });
    onTestFinished(() => simulator.close());
    const shop: DayShop = new DayShop(
      simulator.url,
      await serving((request, response) => void shop.#handle(request, response)),
      environment,
    );
    // By the calendar they would be late, and by the wall's clock too slow.
    await shop.wechat.call('PUT', 'refunds/outcome', { outcome: 'success', delay: 0 });
    shop.serveFrom(persistence);
    return shop;
  }

  /** From now on this is what the server has, and how it is configured. */
  serveFrom(persistence: Persistence, environment: Environment = this.#environment): void {
    const { url } = this.wechat;
    const config = testConfig({
      WECHAT_SECRET: APP_SECRET,
      WECHAT_API_BASE_URL: url,
      WECHAT_PAY_BASE_URL: url,
      PUBLIC_BASE_URL: this.client.url,
      ...environment,
    });
    const container = compose(config, createLogger('silent'), persistence);
    const [settle, reconcile] = [resolve(container, T.settleDueOrders), resolve(container, T.reconcileYesterday)];
    this.#persistence = persistence;
    this.#settle = () => settle.execute({ onFailure: rethrow });
    this.#reconcile = () => reconcile.execute(rethrow);
    this.#handle = resolve(container, T.handler);
  }

  async settleAt(time: Date): Promise<void> {
    vi.setSystemTime(time);
    await this.#settle();
  }

  /** Answers how many days were compared. */
  reconcile(): Promise<number> {
    return this.#reconcile();
  }

  async reconciliation(day: string): Promise<KnownReconciliation> {
    return made(await this.merchant('GET', `/reconciliations/${day}`));
  }

  merchant(method: string, path: string, json?: unknown): Promise<Answer> {
    return this.client.send(method, `/v1/merchant${path}`, { json, token: MERCHANT_KEY });
  }

  /** Answers the number of the order. */
  async order(total: number): Promise<string> {
    return made(await this.merchant('POST', '/orders', { description: 'Wexagon-拿铁咖啡', amount: { total } }))
      .out_trade_no;
  }

  /** Answers what the user's phone pays with. */
  async prepay(number: string, user: string): Promise<object> {
    const token = this.#tokens.get(user) ?? this.client.logIn(`dev-${user}`).then((login) => login.token);
    this.#tokens.set(user, token);
    return made(await this.client.post(`/v1/orders/${number}/pay`, {}, { token: await token }));
  }

  async payAtWechat(number: string, isTold: boolean): Promise<void> {
    await this.wechat.call('POST', 'pay', { out_trade_no: number, notify: isTold });
  }

  /** An order that the user has paid, of which the server has not been told. */
  async paid(total: number, user = 'alice'): Promise<string> {
    const number = await this.order(total);
    await this.prepay(number, user);
    await this.payAtWechat(number, false);
    return number;
  }

  /** Has WeChat tell of a payment, as wished; answers the statuses that it was answered. */
  async told(outTradeNo: string, wish: object = {}): Promise<number[]> {
    const notice = { out_trade_no: outTradeNo, ...wish };
    const { answers } = await this.wechat.call<{ answers: { status: number }[] }>('POST', 'notices', notice);
    return answers.map(({ status }) => status);
  }

  /** Answers the number of the refund. */
  async refund(number: string, amount: number): Promise<string> {
    return made(await this.merchant('POST', `/orders/${number}/refunds`, { amount })).out_refund_no;
  }

  async refundAtConsole(number: string, amount: number, isTold: boolean): Promise<void> {
    const path = this.#environment.WECHAT_PAY_API === 'v3' ? 'v3' : 'v2/refund';
    const notify_url = isTold ? `${this.client.url}/notify/wechat-pay/${path}` : NOWHERE;
    await this.wechat.call('POST', `trades/${number}/refunds`, { amount, notify_url });
  }

  async truth(): Promise<TrueTrade[]> {
    return (await this.wechat.call<{ trades: TrueTrade[] }>('GET', 'ledger')).trades;
  }

  async kept(): Promise<Map<string, Order>> {
    const kept = new Map<string, Order>();
    for (let after = ''; ;) {
      const page = await this.#persistence.orders.page(after, 500);
      if (page.length === 0) return kept;
      for (const order of page) kept.set(order.id, order);
      after = page.at(-1)!.id;
    }
  }
}

function made({ body, status, text }: Answer) {
  if (status !== 200 && status !== 201) throw new Error(`${status} ${text}`);
  return body;
}

function rethrow(error: unknown): void {
  throw error;
}
