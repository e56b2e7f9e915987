import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { PayV2Settings } from '../../src/adapters/wechat/pay-v2/v2-settings.ts';
import { WechatPayV2 } from '../../src/adapters/wechat/pay-v2/wechat-pay-v2.ts';
import { systemClock } from '../../src/adapters/system/system-clock.ts';
import type { OpenId } from '../../src/domain/account/account.ts';
import { type Clock, HOUR, later } from '../../src/domain/clock.ts';
import { takeTicket } from '../../src/domain/order/order-steps.ts';
import type { MchId, PrepaidOrder, PrepayingOrder } from '../../src/domain/order/order.ts';
import { Secret } from '../../src/domain/secret.ts';
import type { SimulatedV3 } from '../../src/simulator/pay/merchant.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { APP_APPID, APPID, type Making, PASSES, samplePayer, stepsTo } from './samples.ts';
import certificates from '../vectors/certificates.json' with { type: 'json' };
import { SimulatorControl } from './simulator-control.ts';
import { APP_SECRET } from './simulated-wechat.ts';

export const V2_KEY = '192006250b4c09247ec02edce69f6a2d';
/** A published one, which no host that is spoken to without TLS ever looks at. */
const CERTIFICATE = {
  cert: certificates.shared.javaMerchantCert,
  key: new Secret(certificates.shared.javaMerchantPrivateKey),
};

export const MERCHANT = '1230000109' as MchId;

/** A server of the test's own, gone when the test is over; answers its URL. */
export async function serving(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => server.closeAllConnections());
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export function payV2To(
  baseUrl: string,
  differences: Partial<PayV2Settings> = {},
  clock: Clock = systemClock,
): WechatPayV2 {
  return new WechatPayV2(
    {
      appid: APPID,
      appAppid: APP_APPID,
      mchid: MERCHANT,
      key: new Secret(V2_KEY),
      signType: 'HMAC-SHA256',
      baseUrl,
      backupBaseUrl: baseUrl,
      notifyUrl: 'http://127.0.0.1:1/notify/wechat-pay/v2/payment',
      refundNotifyUrl: 'http://127.0.0.1:1/notify/wechat-pay/v2/refund',
      certificate: CERTIFICATE,
      reports: false,
      deadline: 2_000,
      ...differences,
    },
    clock,
  );
}

/** An order of this very moment, for the simulator's clock is the wall's. */
export function orderFor(
  openid: OpenId,
  differences: Partial<PrepayingOrder> = {},
  manner: Pick<Making, 'api' | 'tradeType'> = {},
): PrepayingOrder {
  const createdAt = new Date();
  const terms = { mchid: MERCHANT, createdAt, timeExpire: later(createdAt, 2 * HOUR) };
  const payer = (manner.tradeType ?? 'JSAPI') === 'JSAPI' ? samplePayer({ openid }) : null;
  const begun = stepsTo('prepaying', { terms, payer, ...manner }).at(-1)!.order as PrepayingOrder;
  return { ...begun, ...differences };
}

/** The same with a ticket of no WeChat's. */
export const prepaidOf = (order: PrepayingOrder, pass: string = PASSES[order.prepay.tradeType]): PrepaidOrder =>
  takeTicket(order, { pass, expiresAt: later(new Date(), 2 * HOUR) }, new Date()).order;

/** A simulator of WeChat Pay on a port of its own, gone when the test is over. */
export async function simulatedPay(v3?: SimulatedV3): Promise<SimulatorControl> {
  const pay = { mchid: MERCHANT, v2Key: V2_KEY, appAppid: APP_APPID, ...(v3 && { v3 }) };
  const simulator = await startSimulator({ appid: APPID, secret: APP_SECRET, pay });
  onTestFinished(() => simulator.close());
  return new SimulatorControl(simulator.url);
}

export async function openidOf(control: SimulatorControl, user: string): Promise<OpenId> {
  return (await control.call<{ openid: OpenId }>('PATCH', `users/${user}`)).openid;
}
