import { randomInt } from 'node:crypto';
import Router from '@koa/router';
import Koa from 'koa';
import type { OpenId } from '../../src/domain/account/account.ts';
import { later, MINUTE } from '../../src/domain/clock.ts';
import type { RawNotice } from '../../src/domain/order/notice-reader.ts';
import type { PaymentRequest } from '../../src/domain/order/payment-gateway.ts';
import { faultBody, type FaultyCall } from '../../src/simulator/faults.ts';
import { noticeWish } from '../../src/simulator/pay/notice-wishes.ts';
import type { Pay } from '../../src/simulator/pay/pay.ts';
import { payBody } from '../../src/simulator/pay/pay-body.ts';
import { payTrade } from '../../src/simulator/pay/payer.ts';
import type { Trade } from '../../src/simulator/pay/trade.ts';
import { serveV2 } from '../../src/simulator/pay/v2-api.ts';
import { serveV3 } from '../../src/simulator/pay/v3-api.ts';
import type { SignWith } from '../../src/simulator/pay/v3-platform.ts';
import { Refused } from '../../src/simulator/refused.ts';
import { createWorld, type World } from '../../src/simulator/world.ts';
import { APPID } from './samples.ts';
import { MERCHANT, serving, V2_KEY } from './simulated-wechat-pay.ts';
import { APP_SECRET } from './simulated-wechat.ts';
import { SIMULATED_V3 } from './v3-merchant.ts';

type Handle = ReturnType<Koa['callback']>;

/**
 * The simulator's WeChat Pay, in both versions, with its truth in the test's own hand: asked over HTTP like any other, but
 * paid, closed and read without. It tells nothing by itself; what it would tell, the test takes and brings where and when it likes.
 */
export class WechatInHand {
  url = '';
  #world!: World & { readonly pay: Pay };
  #handle!: Handle;

  static async open(): Promise<WechatInHand> {
    const wechat = new WechatInHand();
    wechat.forgetAll();
    wechat.url = await serving((request, response) => void wechat.#handle(request, response));
    return wechat;
  }

  /** What notices of version 3 are signed with from now on. */
  signNoticesWith(what: SignWith): void {
    this.#world.pay.v3!.platform.signWith = what;
  }

  /** A new WeChat that has never heard of anything, at the same address. */
  forgetAll(): void {
    const pay = { mchid: MERCHANT, v2Key: V2_KEY, v3: SIMULATED_V3 };
    const world = createWorld({ appid: APPID, secret: APP_SECRET, pay });
    this.#world = world as World & { readonly pay: Pay };
    this.#world.pay.refundDesk.outcomes.order({ outcome: 'none' });
    const router = new Router();
    serveV2(router, this.#world, this.#world.pay);
    serveV3(router, this.#world, this.#world.pay);
    const koa = new Koa();
    koa.silent = true;
    koa.use(router.routes());
    this.#handle = koa.callback();
  }

  get trades(): Trade[] {
    return this.#world.pay.orders.all();
  }

  trade(outTradeNo: string): Trade | undefined {
    return this.#world.pay.orders.find(outTradeNo);
  }

  isPaid(outTradeNo: string): boolean {
    return this.trade(outTradeNo)?.state === 'SUCCESS';
  }

  openid(user: string): OpenId {
    return this.#world.users.named(user).openid as OpenId;
  }

  /** What became of the calls so far, by call and outcome. */
  get counts(): Readonly<Record<string, number>> {
    return this.#world.ledger.read().counts;
  }

  fault(fault: object): void {
    this.#world.faults.order(faultBody.parse(fault));
  }

  /** From now on, calls of this kind fail with this chance, for as long as this WeChat lives. */
  failSometimes(call: FaultyCall, percent: number, fault: object): void {
    const { faults } = this.#world;
    const take = faults.take.bind(faults);
    faults.take = (asked) =>
      asked === call && randomInt(1_000) < 10 * percent ? faultBody.parse({ call, ...fault }) : take(asked);
  }

  heal(): void {
    this.#world.faults.clear();
  }

  /** Answers whether the payer's phone went through with it. */
  payWith(request: PaymentRequest, wish: object = {}): boolean {
    return this.#did({ request, ...wish });
  }

  payNumber(outTradeNo: string, wish: object = {}): boolean {
    return this.#did({ out_trade_no: outTradeNo, ...wish });
  }

  /** A payment that had begun before the trade was closed goes through all the same. */
  payAfterAll(outTradeNo: string): boolean {
    const trade = this.trade(outTradeNo);
    if (trade?.state !== 'CLOSED') return false;
    const terms = { ...trade.terms, expiresAt: later(new Date(), MINUTE) };
    Object.assign(trade, { state: 'NOTPAY', closedAt: undefined, terms });
    return this.payNumber(outTradeNo);
  }

  /** Closes a trade as if its time were over. */
  expire(outTradeNo: string): void {
    const trade = this.trade(outTradeNo);
    if (trade) this.#world.pay.orders.close(trade);
  }

  /** The money of every refund under way arrives; WeChat tells nobody. */
  payBackAll(): void {
    const { refundDesk } = this.#world.pay;
    for (const { refunds } of this.trades)
      for (const { terms } of refunds)
        refundDesk.settle(this.#world.pay.refunds.find(terms.outRefundNo)!, 'SUCCESS', false);
  }

  /** What WeChat tells of a trade that was paid, or that a bank refused; undefined where there is nothing to tell. */
  noticeOf(outTradeNo: string, wish: object = {}): RawNotice | undefined {
    const trade = this.trade(outTradeNo);
    if (!trade || (!trade.payment && trade.state !== 'PAYERROR')) return undefined;
    const news = { trade, payment: trade.payment };
    const { type, headers, body } = trade.terms.dialect.writeNotice(news, noticeWish.parse(wish));
    return { headers: [['content-type', type], ...Object.entries(headers)], body };
  }

  #did(wish: object): boolean {
    const { pay, users } = this.#world;
    try {
      payTrade(payBody.parse({ notify: false, ...wish }), pay, users);
      return true;
    } catch (error) {
      if (error instanceof Refused) return false;
      throw error;
    }
  }
}
