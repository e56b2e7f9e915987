import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { type Handle, listen, type RunningServer } from '../../../src/adapters/koa/server.ts';
import { openMemory } from '../../../src/adapters/memory/open-memory.ts';
import { encryptUserData } from '../../../src/adapters/wechat/protocol/user-data.ts';
import { signRawData } from '../../../src/adapters/wechat/protocol/raw-data.ts';
import type { OpenId } from '../../../src/domain/account/account.ts';
import { MINUTE, SECOND } from '../../../src/domain/clock.ts';
import type { Persistence } from '../../../src/domain/persistence.ts';
import { Secret } from '../../../src/domain/secret.ts';
import { LoginCodeInvalid } from '../../../src/domain/session/login-code.ts';
import type { MiniProgramGateway, UserDataEnvelope } from '../../../src/domain/session/mini-program-gateway.ts';
import { compose } from '../../../src/main/compose.ts';
import { resolve } from '../../../src/main/container.ts';
import { createLogger } from '../../../src/main/logger.ts';
import { TOKENS as T } from '../../../src/main/tokens.ts';
import { FakeStatements, sampleFundRow, sampleTradeRow } from '../fake-statements.ts';
import { APPID, NOON } from '../samples.ts';
import { testConfig } from '../test-config.ts';
import { TestClock } from '../test-clock.ts';
import { DAY, Furniture, ordersOf } from './furniture.ts';
import { Stock } from './stock.ts';

/** What a stranger sends; header values as HTTP takes them. */
export interface Asking {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer | undefined;
}

export interface HeardAnswer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** Stands around the server: how it is broken on purpose. */
export type Around = (handle: Handle, persistence: Persistence) => Handle;

/** Nobody calls it here. */
const RECEIVER = {
  WEBHOOK_URL: 'https://shop.example/webhooks',
  WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 1).toString('base64')}`,
};

/** Good again and again. */
export const LOGIN_CODE = '0a3Xs5000Kq2wR1Qh1200lGfDc0Xs50j';
const OPENID = 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' as OpenId;
const SESSION_KEY = Buffer.alloc(16, 9).toString('base64');

/**
 * The whole composition behind a real server, with a user, orders in every state and whatever else can be asked for.
 * After each request it can be told whether anything was written, and be put back to how it was.
 */
export class House {
  readonly token: string;
  readonly userId: string;
  readonly stock: Stock;
  readonly #server: RunningServer;
  readonly #furniture: Furniture;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  private constructor(
    server: RunningServer,
    stock: Stock,
    furniture: Furniture,
    login: { token: string; accountId: string },
  ) {
    this.#server = server;
    this.stock = stock;
    this.#furniture = furniture;
    this.token = login.token;
    this.userId = login.accountId;
  }

  static async open(around: Around = (handle) => handle): Promise<House> {
    const clock = new TestClock();
    clock.pass(10 * MINUTE);
    const stock = new Stock(await openMemory());
    const furniture = new Furniture(clock);
    const container = compose(testConfig(RECEIVER), createLogger('silent'), stock.persistence);
    container.rebind(T.clock).toConstantValue(clock);
    container.rebind(T.pause).toConstantValue(async () => {});
    container.rebind(T.payments).toConstantValue(furniture.payments);
    container.rebind(T.statements).toConstantValue(statements());
    const wechat = miniProgram(resolve(container, T.gateway));
    container.rebind(T.gateway).toConstantValue(wechat);
    container.rebind(T.isReusable).toConstantValue(() => true);
    const login = await resolve(container, T.logIn).execute(LOGIN_CODE, null);
    await furniture.furnish(stock.persistence, ordersOf({ accountId: login.accountId, openid: OPENID }));
    await furniture.remember(stock.persistence);
    const server = await listen(around(resolve(container, T.handler), stock.persistence), '127.0.0.1', 0);
    return new House(server, stock, furniture, login);
  }

  async ask({ body, headers, method, target }: Asking): Promise<HeardAnswer> {
    const { port } = this.#server;
    const asking = request({ agent: this.#agent, host: '127.0.0.1', port, method, path: target, headers });
    asking.end(body);
    const [answer] = (await once(asking, 'response')) as [IncomingMessage];
    const type = (answer.headers['content-type'] ?? '').split(';')[0]!;
    return { status: answer.statusCode ?? 0, type, text: await text(answer) };
  }

  /** The shelves on which something is otherwise than it was. */
  changes(): Promise<string[]> {
    return this.#furniture.changesIn(this.stock.persistence);
  }

  /** Everything is as it was in the beginning. */
  async tidyUp(): Promise<void> {
    this.stock.replace(await this.#furniture.anew());
  }

  async close(): Promise<void> {
    this.#agent.destroy();
    await this.#server.close(0);
  }
}

/** Knows one code, and opens envelopes as the real one does. */
const miniProgram = (real: MiniProgramGateway): MiniProgramGateway => ({
  appid: real.appid,
  exchangeCode: async (code) => {
    if (code !== LOGIN_CODE) throw new LoginCodeInvalid();
    return { openid: OPENID, unionid: null, sessionKey: new Secret(SESSION_KEY) };
  },
  openUserData: (envelope, sessionKey) => real.openUserData(envelope, sessionKey),
});

function statements(): FakeStatements {
  const fake = new FakeStatements();
  const refunded = { refundId: '5030', outRefundNo: 'r-1', refundAmount: 100, refundState: 'SUCCESS', total: null };
  fake.trades.set(DAY, [sampleTradeRow(), sampleTradeRow(refunded)]);
  fake.funds.set(DAY, [sampleFundRow()]);
  fake.said = [{ at: NOON, transactionId: '4200000000000000000000000001', stars: 5, text: '好喝' }];
  fake.text = '交易时间\n';
  return fake;
}

/** As the user's phone sends it. */
export function envelope(): UserDataEnvelope {
  const iv = Buffer.alloc(16, 7).toString('base64');
  const rawData = JSON.stringify({
    nickName: '爱丽丝',
    gender: 2,
    city: '深圳',
    avatarUrl: 'https://thirdwx.qlogo.cn/x',
  });
  const watermark = { appid: APPID, timestamp: NOON.getTime() / SECOND + 600 };
  const data = JSON.stringify({ openId: OPENID, ...(JSON.parse(rawData) as object), watermark });
  const signature = signRawData(rawData, SESSION_KEY);
  return { encryptedData: encryptUserData(data, SESSION_KEY, iv), iv, rawData, signature };
}
