import type { LoginCode } from '../../src/domain/session/login-code.ts';
import type { UserDataEnvelope } from '../../src/domain/session/mini-program-gateway.ts';

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
