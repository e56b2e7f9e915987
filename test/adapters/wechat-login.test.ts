import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createLogger } from '../../src/main/logger.ts';
import type { LoginCode } from '../../src/domain/session/login-code.ts';
import { APP_SECRET, gatewayTo, simulatedWechat } from '../support/simulated-wechat.ts';

const CODE = 'dev-alice' as LoginCode;

/** What comes out of the logger for an error, at its most talkative. */
function logged(err: unknown): string {
  const lines: string[] = [];
  createLogger('trace', { write: (line: string) => void lines.push(line) }).error({ err }, 'test');
  return lines.join('');
}

async function failureOf(exchange: Promise<unknown>): Promise<Error & { code: string; retryAfterSeconds?: number }> {
  const error = await exchange.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error) || !('code' in error)) throw new Error('that should have failed with a code');
  for (const shown of [logged(error), String(error.stack), JSON.stringify(error)])
    expect(shown).not.toContain(APP_SECRET);
  return error as Error & { code: string };
}

/** A WeChat that answers as it is told; nothing else of it is there. */
async function answering(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => server.closeAllConnections());
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('every errcode of code2Session has a code of its own', () => {
  it.each([
    [40029, 'login-code-invalid'],
    [40163, 'login-code-used'],
    [40226, 'login-user-blocked'],
    [45011, 'login-too-often'],
    [-1, 'wechat-busy'],
    [44990, 'wechat-busy'],
    [45009, 'wechat-quota-spent'],
    [40013, 'wechat-misconfigured'],
    [40125, 'wechat-misconfigured'],
    [40164, 'wechat-misconfigured'],
    [41002, 'wechat-misconfigured'],
    [41004, 'wechat-misconfigured'],
    [99999, 'wechat-unreadable'],
  ])('%i -> %s', async (errcode, code) => {
    const control = await simulatedWechat();
    await control.fault({ kind: 'errcode', value: errcode });
    const error = await failureOf(gatewayTo(control.url).exchangeCode(CODE));
    expect(error.code).toBe(code);
    expect(error.cause).toMatchObject({ errcode, rid: expect.stringMatching(/^[0-9a-f-]+$/) as string });
  });
});

describe('trouble on the way has a code of its own', () => {
  it.each([
    ['html', 'wechat-unreadable'],
    ['garbage', 'wechat-unreadable'],
    ['truncate', 'wechat-unreadable'],
    ['timeout', 'wechat-timeout'],
    ['drip', 'wechat-timeout'],
    ['hangup', 'wechat-unreachable'],
  ])('%s -> %s', async (kind, code) => {
    const control = await simulatedWechat();
    await control.fault({ kind });
    expect((await failureOf(gatewayTo(control.url).exchangeCode(CODE))).code).toBe(code);
    await expect(gatewayTo(control.url).exchangeCode(CODE)).resolves.toMatchObject({
      openid: expect.any(String) as string,
    });
  });

  it('nobody listening -> wechat-unreachable', async () => {
    const error = await failureOf(gatewayTo('http://127.0.0.1:1').exchangeCode(CODE));
    expect(error).toMatchObject({ code: 'wechat-unreachable', cause: { message: 'ECONNREFUSED' } });
  });

  it.each([
    ['an empty object', '{}'],
    ['a list', '[]'],
    ['null', 'null'],
    ['no openid', '{"session_key":"tiihtNczf5v6AKRyjwEUhQ=="}'],
    ['a number for an openid', '{"openid":1,"session_key":"tiihtNczf5v6AKRyjwEUhQ=="}'],
    ['no session key', '{"openid":"o1"}'],
    ['a session key that is none', '{"openid":"o1","session_key":"short"}'],
    ['nothing', ''],
  ])('%s -> wechat-unreadable', async (_what, body) => {
    const url = await answering((_request, response) => response.end(body));
    expect((await failureOf(gatewayTo(url).exchangeCode(CODE))).code).toBe('wechat-unreadable');
  });

  it('an answer of 2 MiB is not read to its end', async () => {
    const url = await answering((_request, response) => response.end(`{"openid":"${'o'.repeat(2 * 1024 * 1024)}"}`));
    expect((await failureOf(gatewayTo(url).exchangeCode(CODE))).code).toBe('wechat-unreadable');
  });

  it('a redirect is not followed', async () => {
    let asked = 0;
    const url = await answering((_request, response) => {
      asked += 1;
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    expect((await failureOf(gatewayTo(url).exchangeCode(CODE))).code).toBe('wechat-unreadable');
    expect(asked).toBe(1);
  });
});

describe('a proxy in the environment', () => {
  it('is not used: WeChat is called from the address that its whitelist knows', async () => {
    const control = await simulatedWechat();
    vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:1');
    vi.stubEnv('http_proxy', 'http://127.0.0.1:1');
    await expect(gatewayTo(control.url).exchangeCode(CODE)).resolves.toHaveProperty('openid');
    vi.unstubAllEnvs();
  });
});

describe('a success', () => {
  it.each([
    ['without an errcode', {}],
    ['with errcode 0', { errcode: 0, errmsg: 'ok' }],
  ])('may come %s', async (_what, extra) => {
    const answer = { openid: 'o1', session_key: 'tiihtNczf5v6AKRyjwEUhQ==', ...extra };
    const url = await answering((_request, response) => response.end(JSON.stringify(answer)));
    const identity = await gatewayTo(url).exchangeCode(CODE);
    expect(identity).toMatchObject({ openid: 'o1', unionid: null });
    expect(identity.sessionKey.reveal()).toBe('tiihtNczf5v6AKRyjwEUhQ==');
  });
});

describe('the simulator is as strict as WeChat', () => {
  it.each([
    ['another appid', { appid: 'wx0000000000000000' }, 40013],
    ['a wrong secret', { secret: 'wrong' }, 40125],
  ])('about %s', async (_what, differences, errcode) => {
    const control = await simulatedWechat();
    const error = await failureOf(gatewayTo(control.url, differences).exchangeCode(CODE));
    expect(error).toMatchObject({ code: 'wechat-misconfigured', cause: { errcode } });
  });

  it('calls its answers text/plain and gives 200 for failures', async () => {
    const control = await simulatedWechat();
    const answer = await fetch(`${control.url}/sns/jscode2session?appid=x`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(await answer.json()).toMatchObject({ errcode: 40013 });
  });

  it('spends the code even when its answer is lost', async () => {
    const control = await simulatedWechat();
    await control.fault({ kind: 'hangup', when: 'after' });
    const code = await control.issueCode('alice');
    expect((await failureOf(gatewayTo(control.url).exchangeCode(code))).code).toBe('wechat-unreachable');
    expect((await failureOf(gatewayTo(control.url).exchangeCode(code))).code).toBe('login-code-used');
  });
});
