import { onTestFinished, vi } from 'vitest';
import type { Handle } from '../../src/adapters/koa/server.ts';
import type { Order } from '../../src/domain/order/order.ts';
import type { Persistence } from '../../src/domain/persistence.ts';
import { compose } from '../../src/main/compose.ts';
import { resolve } from '../../src/main/container.ts';
import { createLogger } from '../../src/main/logger.ts';
import { TOKENS as T } from '../../src/main/tokens.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { type Answer, Client } from './client.ts';
import { APPID, MCHID } from './samples.ts';
import { serving } from './simulated-wechat-pay.ts';
import { APP_SECRET, SimulatorControl } from './simulated-wechat.ts';
import { MERCHANT_KEY, testConfig, V2_KEY } from './test-config.ts';

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

/**
 * A server and the simulator, which know each other by nothing but HTTP, and the calendar in the test's hand: both go by
 * it. The storage behind the server can be exchanged, as when a backup is put back.
 */
export class DayShop {
  readonly wechat: SimulatorControl;
  readonly client: Client;
  #handle!: Handle;
  #persistence!: Persistence;
  #settle!: () => Promise<number>;
  #reconcile!: () => Promise<number>;
  readonly #tokens = new Map<string, Promise<string>>();

  private constructor(wechat: string, url: string) {
    this.wechat = new SimulatorControl(wechat);
    this.client = new Client(url);
  }

  static async open(persistence: Persistence, now: Date): Promise<DayShop> {
    vi.useFakeTimers({ toFake: ['Date'], now });
    onTestFinished(() => void vi.useRealTimers());
    const pay = { mchid: MCHID, v2Key: V2_KEY };
    const simulator = await startSimulator({ appid: APPID, secret: APP_SECRET, pay });
    onTestFinished(() => simulator.close());
    const shop: DayShop = new DayShop(
      simulator.url,
      await serving((request, response) => void shop.#handle(request, response)),
    );
    // By the calendar they would be late, and by the wall's clock too slow.
    await shop.wechat.call('PUT', 'refunds/outcome', { outcome: 'success', delay: 0 });
    shop.serveFrom(persistence);
    return shop;
  }

  /** From now on this is what the server has. */
  serveFrom(persistence: Persistence): void {
    const { url } = this.wechat;
    const config = testConfig({
      WECHAT_SECRET: APP_SECRET,
      WECHAT_API_BASE_URL: url,
      WECHAT_PAY_BASE_URL: url,
      PUBLIC_BASE_URL: this.client.url,
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

  async prepay(number: string, user: string): Promise<void> {
    const token = this.#tokens.get(user) ?? this.client.logIn(`dev-${user}`).then((login) => login.token);
    this.#tokens.set(user, token);
    made(await this.client.post(`/v1/orders/${number}/pay`, {}, { token: await token }));
  }

  async payAtWechat(number: string, isTold: boolean): Promise<void> {
    await this.wechat.call('POST', 'pay', { out_trade_no: number, notify: isTold });
  }

  /** Answers the number of the refund. */
  async refund(number: string, amount: number): Promise<string> {
    return made(await this.merchant('POST', `/orders/${number}/refunds`, { amount })).out_refund_no;
  }

  async refundAtConsole(number: string, amount: number, isTold: boolean): Promise<void> {
    const notify_url = isTold ? `${this.client.url}/notify/wechat-pay/v2/refund` : undefined;
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
