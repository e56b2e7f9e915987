import { onTestFinished } from 'vitest';
import type { AppId } from '../../src/domain/account/account.ts';
import { WechatMiniProgram } from '../../src/adapters/wechat/mini-program/wechat-mini-program.ts';
import { systemClock } from '../../src/adapters/system/system-clock.ts';
import { MINUTE } from '../../src/domain/clock.ts';
import { Secret } from '../../src/domain/secret.ts';
import type { LoginCode } from '../../src/domain/session/login-code.ts';
import type { UserDataEnvelope } from '../../src/domain/session/mini-program-gateway.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import type { GatewayHarness } from '../contracts/mini-program-gateway.contract.ts';
import { APPID } from './samples.ts';

export const APP_SECRET = '0123456789abcdef0123456789abcdef';

/** A hand on a simulator, wherever it runs. */
export class SimulatorControl {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  async call<Answer>(method: string, path: string, body: unknown = {}): Promise<Answer> {
    const sent = method === 'GET' ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(`${this.url}/_simulator/${path}`, { method, ...sent });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (answer.status === 204 ? undefined : await answer.json()) as Answer;
  }

  async issueCode(user: string): Promise<LoginCode> {
    return (await this.call<{ code: LoginCode }>('POST', 'codes', { user })).code;
  }

  async userInfo(user: string, body: object = {}): Promise<Required<UserDataEnvelope>> {
    return this.call('POST', `users/${user}/user-info`, body);
  }

  async fault(fault: object): Promise<void> {
    await this.call('POST', 'faults', { call: 'jscode2session', ...fault });
  }

  async counts(): Promise<Record<string, number>> {
    return (await this.call<{ counts: Record<string, number> }>('GET', 'ledger')).counts;
  }
}

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
