import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { DAY, MINUTE } from '../../../src/domain/clock.ts';
import type { Answer } from '../client.ts';
import type { SimulatorControl } from '../simulator-control.ts';
import { MERCHANT_KEY } from '../test-config.ts';
import { ask, RETRY, WalkedAway, type Where } from './asker.ts';
import type { Users } from './users.ts';
import type { OpenHistory } from './world.ts';

/** How an order is asked for, paid or closed by people who repeat themselves until they are answered. */
export interface Life {
  readonly total: number;
  /** `expired`: nobody pays, and the time to pay is short. */
  readonly ending: 'paid' | 'closed' | 'raced' | 'left' | 'expired';
  /** With an Idempotency-Key; else with a number of the merchant's own. */
  readonly isKeyed: boolean;
  /** Does not come back when the connection breaks. */
  readonly walksAway?: boolean;
  /** WeChat's notice never leaves the house. */
  readonly isNoticeLost?: boolean;
  /** What is paid back once it is paid. */
  readonly refunds?: Refunding;
  readonly user?: string;
  /** Logs in anew first. */
  readonly logsIn?: boolean;
  /** Has another name afterwards. */
  readonly isRenamed?: boolean;
}

interface Refunding {
  readonly amounts: readonly number[];
  /** With an Idempotency-Key; else with a number of the merchant's own. */
  readonly isKeyed: boolean;
  /** All at once, be they more than was paid; else one after the other. */
  readonly atOnce?: boolean;
}

interface Needs {
  readonly wechat: SimulatorControl;
  readonly users: Users;
  /** The servers' time. */
  readonly now: () => number;
  readonly history: Pick<OpenHistory, 'made' | 'closed' | 'refunded' | 'seen' | 'witnessed'>;
}

/** A life, and where its people go. */
interface Scene {
  readonly life: Life;
  readonly at: Where;
}

const SHORT_TIME = 4 * MINUTE;
const LONG_TIME = 6 * DAY;

/** Said by us, or by WeChat, who takes nothing on in its last minute. */
const TOO_LATE: ReadonlySet<number> = new Set([409, 422]);

/** A merchant and payers, who write down what they are told. */
export class People {
  readonly #needs: Needs;
  /** Where the people of an order go. */
  readonly homes = new Map<string, Where>();
  /** When the last of the orders with little time has none left. */
  lastDeadline = 0;
  #marks = 0;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** Lives an order through, and answers its number once it has one. */
  async live(life: Life, at: Where): Promise<string | undefined> {
    const scene = { life, at };
    try {
      const outTradeNo = await this.#make(scene);
      if (await this.#prepay(outTradeNo, scene)) await this.#end(outTradeNo, scene);
      if (life.isRenamed) await this.#needs.users.rename(userOf(life), at);
      return outTradeNo;
    } catch (error) {
      if (error instanceof WalkedAway) return undefined;
      throw error;
    }
  }

  async #end(outTradeNo: string, scene: Scene): Promise<void> {
    const { life } = scene;
    const closing = life.ending === 'closed' || life.ending === 'raced' ? this.#close(outTradeNo, scene) : undefined;
    const isToPay = life.ending === 'paid' || life.ending === 'raced';
    await Promise.all([isToPay && this.#payAtWechat(outTradeNo, life), closing]);
    if (life.refunds) await this.#refund(outTradeNo, life.refunds, scene);
    if (closing ?? life.refunds) await this.#see(outTradeNo, scene);
  }

  async #make(scene: Scene): Promise<string> {
    const { life, at } = scene;
    const mark = this.#newMark();
    const key = life.isKeyed ? mark : undefined;
    const answer = await this.#ask(scene, '/v1/merchant/orders', {
      json: {
        description: 'Wexagon-storm',
        amount: { total: life.total },
        time_expire: new Date(this.#deadline(life)).toISOString(),
        ...(life.isKeyed ? { metadata: { key: mark } } : { out_trade_no: mark }),
      },
      headers: life.isKeyed ? { 'Idempotency-Key': mark } : {},
    });
    const outTradeNo = numberIn(answer, mark, life);
    this.#needs.history.made.push({ outTradeNo, total: life.total, key });
    this.homes.set(outTradeNo, at);
    return outTradeNo;
  }

  #deadline({ ending }: Life): number {
    const deadline = this.#needs.now() + (ending === 'expired' ? SHORT_TIME : LONG_TIME);
    if (ending === 'expired') this.lastDeadline = Math.max(this.lastDeadline, deadline);
    return deadline;
  }

  #newMark(): string {
    this.#marks += 1;
    return `storm-${this.#marks}-${randomBytes(4).toString('hex')}`;
  }

  /** Answers whether it can be paid: one with little time may be over before anybody was answered. */
  async #prepay(outTradeNo: string, scene: Scene): Promise<boolean> {
    const { life, at } = scene;
    const { users } = this.#needs;
    const user = userOf(life);
    const login = life.logsIn ? await users.logInAgain(user, at) : await users.login(user, at);
    const { status, text } = await this.#ask(scene, `/v1/orders/${outTradeNo}/pay`, { json: {}, token: login.token });
    if (status === 200) return true;
    if (life.ending === 'expired' && TOO_LATE.has(status)) return false;
    if (status !== 401) throw new Error(`paying: ${status} ${text}`);
    await users.refused(user, login);
    return this.#prepay(outTradeNo, { ...scene, life: { ...life, logsIn: false } });
  }

  /** The closing may have been faster. */
  async #payAtWechat(outTradeNo: string, { isNoticeLost = false }: Life): Promise<void> {
    const body = JSON.stringify({ out_trade_no: outTradeNo, notify: !isNoticeLost });
    const { status } = await fetch(`${this.#needs.wechat.url}/_simulator/pay`, { method: 'POST', body });
    if (status !== 200 && status !== 409) throw new Error(`WeChat does not take the payment: ${status}`);
  }

  /** Waits until the server knows of the payment, which a look is as good for as a notice. */
  async #refund(outTradeNo: string, { amounts, isKeyed, atOnce = false }: Refunding, scene: Scene): Promise<void> {
    while ((await this.#see(outTradeNo, scene)) !== 'paid') await wait(RETRY);
    const refundPart = (amount: number) => this.#refundPart(outTradeNo, amount, isKeyed, scene);
    if (atOnce) return void (await Promise.all(amounts.map(refundPart)));
    for (const amount of amounts) await refundPart(amount);
  }

  async #see(outTradeNo: string, scene: Scene): Promise<string> {
    const { body } = await this.#ask(scene, `/v1/merchant/orders/${outTradeNo}/sync`, {});
    this.#needs.history.seen.push({ outTradeNo, state: body.state });
    return body.state;
  }

  async #refundPart(outTradeNo: string, amount: number, isKeyed: boolean, scene: Scene): Promise<void> {
    const mark = this.#newMark();
    const { status, body } = await this.#ask(scene, `/v1/merchant/orders/${outTradeNo}/refunds`, {
      json: { amount, reason: mark, ...(!isKeyed && { out_refund_no: mark }) },
      headers: isKeyed ? { 'Idempotency-Key': mark } : {},
    });
    if (body.code === 'refund-too-much') return;
    // It is refunded because it was seen paid.
    if (body.code === 'order-not-paid') {
      this.#needs.history.witnessed.push({ finding: 'state went back', about: outTradeNo });
      return;
    }
    // Of a request that was cut short, the refund may be there already.
    const isThere = status === 409 && !isKeyed && body.code === 'out-refund-no-taken';
    if (status !== 201 && !isThere) throw new Error(`refunding: ${status} ${JSON.stringify(body)}`);
    const outRefundNo = isThere ? mark : body.out_refund_no;
    this.#needs.history.refunded.push({ outTradeNo, outRefundNo, amount, mark });
  }

  /** The payment may have been faster. */
  async #close(outTradeNo: string, scene: Scene): Promise<void> {
    const { history } = this.#needs;
    const { status, body } = await this.#ask(scene, `/v1/merchant/orders/${outTradeNo}/close`, {});
    if (status !== 200 && body.code !== 'order-paid') throw new Error(`closing: ${status} ${JSON.stringify(body)}`);
    if (status !== 200) return;
    history.seen.push({ outTradeNo, state: body.state });
    if (body.state === 'closed') history.closed.push(outTradeNo);
  }

  #ask({ life, at }: Scene, path: string, request: Parameters<typeof ask>[2]): Promise<Answer> {
    return ask(at, path, { token: MERCHANT_KEY, walksAway: life.walksAway, ...request });
  }
}

/** Of a request that was cut short, the order may be there already; or it took so long that no time is left to pay. */
function numberIn({ status, body }: Answer, mark: string, { ending, isKeyed }: Life): string {
  if (status === 201) return body.out_trade_no;
  if (status === 409 && !isKeyed && body.code === 'out-trade-no-taken') return mark;
  if (ending === 'expired' && body.code === 'time-expire-too-soon') throw new WalkedAway();
  throw new Error(`making: ${status} ${JSON.stringify(body)}`);
}

const userOf = ({ user = 'alice' }: Life): string => user;
