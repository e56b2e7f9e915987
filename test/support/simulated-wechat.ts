import { onTestFinished } from 'vitest';
import type { AppId } from '../../src/domain/account/account.ts';
import { WechatMiniProgram } from '../../src/adapters/wechat/mini-program/wechat-mini-program.ts';
import { systemClock } from '../../src/adapters/system/system-clock.ts';
import { MINUTE } from '../../src/domain/clock.ts';
import { Secret } from '../../src/domain/secret.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import type { GatewayHarness } from '../contracts/mini-program-gateway.contract.ts';
import { APPID } from './samples.ts';
import { SimulatorControl } from './simulator-control.ts';

export const APP_SECRET = '0123456789abcdef0123456789abcdef';

/** A simulator on a port of its own, gone when the test is over. */
export async function simulatedWechat(): Promise<SimulatorControl> {
  const simulator = await startSimulator({ appid: APPID, secret: APP_SECRET });
  onTestFinished(() => simulator.close());
  return new SimulatorControl(simulator.url);
}

export function gatewayTo(baseUrl: string, differences: { appid?: string; secret?: string } = {}): WechatMiniProgram {
  const { appid = APPID, secret = APP_SECRET } = differences;
  return new WechatMiniProgram(
    { appid: appid as AppId, secret: new Secret(secret), baseUrl, deadline: 700, watermarkMaxAge: 5 * MINUTE },
    systemClock,
  );
}

/** The real adapter, over HTTP, with the simulator at the other end. */
export async function realGateway(): Promise<GatewayHarness> {
  const control = await simulatedWechat();
  return {
    gateway: gatewayTo(control.url),
    issueCode: (user) => control.issueCode(user),
    block: (user) => control.call('PATCH', `users/${user}`, { blocked: true }),
    wearOut: (user) => control.call('POST', `users/${user}/logins`, { count: 100 }),
    renewSessionKey: (user) => control.call('POST', `users/${user}/session-key`),
    breakDown: () => control.fault({ kind: 'html', times: 1_000 }),
    seal: (user, { profile, appid, age = 0 } = {}) =>
      control.userInfo(user, { profile, appid, timestamp: Math.floor((Date.now() - age) / 1_000) }),
  };
}
