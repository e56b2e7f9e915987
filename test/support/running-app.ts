import type { Container } from 'inversify';
import { onTestFinished } from 'vitest';
import { listen } from '../../src/adapters/koa/server.ts';
import type { Pause } from '../../src/domain/clock.ts';
import type { NoticeReader } from '../../src/domain/order/notice-reader.ts';
import type { PayApi } from '../../src/domain/order/pay-api.ts';
import type { MiniProgramGateway } from '../../src/domain/session/mini-program-gateway.ts';
import type { Persistence } from '../../src/domain/persistence.ts';
import type { StatementGateway } from '../../src/domain/statement/statement-gateway.ts';
import { compose } from '../../src/main/compose.ts';
import { resolve } from '../../src/main/container.ts';
import { createLogger } from '../../src/main/logger.ts';
import { TOKENS as T } from '../../src/main/tokens.ts';
import { FakeMiniProgram } from './fake-mini-program.ts';
import { FakePaymentGateway } from './fake-payment-gateway.ts';
import { Client } from './client.ts';
import { STORAGES } from './storages.ts';
import { testConfig } from './test-config.ts';
import { TestClock } from './test-clock.ts';

interface Wishes {
  /** Another WeChat than the fake one, which goes by the real time. */
  readonly gateway?: MiniProgramGateway;
  readonly environment?: Readonly<Record<string, string>>;
  readonly persistence?: Persistence;
  /** Who reads what comes to WeChat's doors instead of the fake WeChat. */
  readonly noticeReaders?: Partial<Record<PayApi, NoticeReader>>;
  /** How the seconds pass for those who wait for events. */
  readonly pause?: Pause;
  /** Where bills and comments come from. */
  readonly statements?: StatementGateway;
}

/** The whole composition behind a real server, with a fake WeChat and a clock of the test's own. */
export async function runningApp(wishes: Wishes = {}) {
  const { environment = {}, gateway: wechat, persistence: given } = wishes;
  const persistence = given ?? (await STORAGES[0]!.open());
  const lines: string[] = [];
  const logger = createLogger('trace', { write: (line: string) => void lines.push(line) });
  const container = compose(testConfig(environment), logger, persistence);
  const clock = new TestClock();
  const gateway = new FakeMiniProgram(clock);
  if (!wechat) container.rebind(T.clock).toConstantValue(clock);
  const payments = new FakePaymentGateway(clock);
  const takesPayments = !wechat && environment.WECHAT_PAY_API !== 'off';
  if (takesPayments) container.rebind(T.payments).toConstantValue(payments);
  const readers = { v2: payments, v3: payments, ...wishes.noticeReaders };
  if (takesPayments) container.rebind(T.noticeReaders).toConstantValue(readers);
  bindWished(container, wishes);
  container.rebind(T.gateway).toConstantValue(wechat ?? gateway);
  container.rebind(T.isReusable).toConstantValue((code: string) => code.startsWith('dev-'));
  const server = await listen(resolve(container, T.handler), '127.0.0.1', 0);
  onTestFinished(() => server.close(0));
  return {
    client: new Client(`http://127.0.0.1:${server.port}`),
    clock,
    container,
    gateway,
    lines,
    payments,
    persistence,
    server,
  };
}

function bindWished(container: Container, { pause, statements }: Wishes): void {
  if (pause) container.rebind(T.pause).toConstantValue(pause);
  if (statements) container.rebind(T.statements).toConstantValue(statements);
}
