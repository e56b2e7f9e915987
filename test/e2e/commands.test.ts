import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runToEnd, ServerProcess } from '../support/server-process.ts';
import { STORAGES, temporaryFolder } from '../support/storages.ts';

const shell = promisify(execFile);
const NO_LIMITS = { RATE_LIMIT_LOGIN: 'off' };

describe('npm start with nothing configured', () => {
  it('says what it is and where, which secrets it made, and six curl lines that work when pasted: a login and a payment', async () => {
    const folder = temporaryFolder();
    const server = await ServerProcess.start({}, folder);
    const { output, url } = server;
    expect(output).toContain(`Wexagon SANDBOX at ${url}`);
    const kept = readFileSync(join(folder, 'data', 'sandbox.env'), 'utf8');
    for (const file of ['sandbox.env', 'wexagon.db']) expect(statSync(join(folder, 'data', file)).mode & 0o077).toBe(0);
    for (const secret of kept.match(/^[A-Z_]+=.+$/gm)!) expect(output).toContain(secret);

    const lines = output.split('\n').filter((line) => line.startsWith('curl '));
    expect(lines).toHaveLength(6);
    const number = output
      .split('\n')
      .find((line) => line.startsWith('NO='))!
      .replace(/\$.*/, '0001');
    const paste = async (line: string) => JSON.parse((await shell('bash', ['-c', `${number}\n${line}`])).stdout);
    const answers = [];
    for (const line of lines) answers.push(await paste(line));
    const [login, me, imported, ordered, paid] = answers;
    expect(ordered).toMatchObject({ out_trade_no: number.slice('NO='.length), state: 'created' });
    expect(paid).toMatchObject({ trade_state: 'SUCCESS' });
    await expect.poll(() => paste(lines[5]!)).toMatchObject({ state: 'paid', transaction_id: paid.transaction_id });
    expect(login).toMatchObject({ token: expect.stringMatching(/^mpt_/), user_id: me.user_id });
    expect(me).toMatchObject({ profile: { nickName: null } });
    expect(imported).toMatchObject({ user_id: me.user_id, profile: { nickName: 'alice' } });
  });

  it('makes its secrets once', async () => {
    const folder = temporaryFolder();
    const first = await ServerProcess.start({}, folder);
    const kept = readFileSync(join(folder, 'data', 'sandbox.env'), 'utf8');
    await first.end('SIGTERM');
    await ServerProcess.start({}, folder);
    expect(readFileSync(join(folder, 'data', 'sandbox.env'), 'utf8')).toBe(kept);
  });
});

describe('npm run demo', () => {
  it('plays a payment, and one whose notice is lost, to their ends', async () => {
    const { code, output } = await runToEnd(['demo'], {}, temporaryFolder());
    expect(code, output).toBe(0);
    expect(output.match(/✓/g)).toHaveLength(10);
    expect(output).toMatch(/paid by \d{28}/);
    expect(output).toContain('state: paid');
  });
});

describe('a start that must not be', () => {
  it('names every fault of the configuration, opens nothing and exits with 1', async () => {
    const folder = temporaryFolder();
    const { code, output } = await runToEnd(
      ['start'],
      { NODE_ENV: 'production', PORT: 'secret-in-the-wrong-place' },
      folder,
    );
    expect(code).toBe(1);
    for (const name of ['PORT', 'WECHAT_APPID', 'WECHAT_SECRET', 'SECRET_KEYS'])
      expect(output).toMatch(new RegExp(`^  ${name} `, 'm'));
    expect(output).not.toContain('secret-in-the-wrong-place');
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });

  it('on a port that is taken says so', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    onTestFinished(() => void taken.close());
    const { port } = taken.address() as AddressInfo;
    const { code, output } = await runToEnd(['start'], { PORT: String(port) }, temporaryFolder());
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining(`Port ${port} is taken.`) });
  });

  it('on an old Node says which it needs, before anything else is loaded', async () => {
    const old = 'Object.defineProperty(process, "versions", { value: { node: "20.20.2" } })';
    const pretend = ['--import', `data:text/javascript,${encodeURIComponent(old)}`];
    const { code, output } = await runToEnd(['start'], {}, temporaryFolder(), pretend);
    expect(code).toBe(1);
    expect(output).toBe('Wexagon needs Node 22.18 or newer; this is Node 20.20.2.\n');
  });

  it('with a command that does not exist names those that do', async () => {
    const { code, output } = await runToEnd(['brew'], {}, temporaryFolder());
    expect(code).toBe(2);
    expect(output).toMatch(/There is no command "brew"\. There are: start, demo, [^]*simulator\./);
  });

  it('is no start: --help tells how to use it', async () => {
    const folder = temporaryFolder();
    for (const args of [['--help'], ['-h'], ['help']]) {
      const { code, output } = await runToEnd(args, {}, folder);
      expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('Usage: wexagon [command]') });
    }
    expect((await runToEnd(['start', '--help'], {}, folder)).output).toContain('Usage: wexagon start');
    expect((await runToEnd(['toString'], {}, folder)).code).toBe(2);
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });

  it('without a key that something stored is sealed under is refused', async () => {
    const folder = temporaryFolder();
    const server = await ServerProcess.start({}, folder);
    await server.client.logIn('dev-alice');
    await server.end('SIGTERM');
    const other = { SECRET_KEYS: `new:${Buffer.alloc(32, 2).toString('base64')}` };
    const { code, output } = await runToEnd(['start'], other, folder);
    expect(code).toBe(1);
    expect(output).toContain('SECRET_KEYS does not have: sandbox.');
  });
});

describe('npm run keys:rotate', () => {
  it('seals everything under the first key while the server serves, after which the old key may go', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'data', 'sandbox.env');
    const first = await ServerProcess.start(NO_LIMITS, folder);
    const users = Array.from({ length: 30 }, (_, n) => `user${n}`);
    const tokens = new Map<string, string>();
    for (const user of users) tokens.set(user, (await first.client.logIn(`dev-${user}`)).token);
    await first.end('SIGTERM');

    const fresh = `new:${Buffer.alloc(32, 2).toString('base64')}`;
    const kept = readFileSync(file, 'utf8');
    writeFileSync(file, kept.replace('SECRET_KEYS=', `SECRET_KEYS=${fresh},`));
    const both = await ServerProcess.start(NO_LIMITS, folder);
    const failures: number[] = [];
    const rotation = { isOver: false };
    const traffic = (async () => {
      for (let n = 0; !rotation.isOver; n += 1) {
        const user = users[n % users.length]!;
        const answers = [
          await both.client.post('/v1/login', { code: `dev-${user}` }),
          await both.client.post('/v1/me/profile', await both.wechat.userInfo(user), { token: tokens.get(user) }),
        ];
        failures.push(...answers.map(({ status }) => status).filter((status) => status !== 200));
      }
    })();
    const { code, output } = await runToEnd(['keys', 'rotate'], {}, folder);
    rotation.isOver = true;
    await traffic;
    expect(failures).toEqual([]);
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('all are under key "new" now') });
    await both.end('SIGTERM');

    writeFileSync(file, kept.replace(/^SECRET_KEYS=.*$/m, `SECRET_KEYS=${fresh}`));
    const { client, wechat } = await ServerProcess.start(NO_LIMITS, folder);
    for (const user of users.slice(0, 5)) {
      const answer = await client.post('/v1/me/profile', await wechat.userInfo(user), { token: tokens.get(user) });
      expect(answer.status).toBe(200);
    }
  }, 60_000);
});

describe('npm run storage:copy', () => {
  const postgres = STORAGES.find(({ name }) => name === 'postgres');

  it('carries everything to another storage, where tokens and session keys go on being good', async ({ skip }) => {
    skip(postgres === undefined, 'there is no PostgreSQL here');
    const folder = temporaryFolder();
    const first = await ServerProcess.start(NO_LIMITS, folder);
    const { token, user_id } = await first.client.logIn('dev-alice');
    await first.end('SIGTERM');

    const target = await postgres!.environment(folder);
    const { POSTGRES_URL = '' } = target;
    const args = ['storage', 'copy', '--from', 'sqlite:data/wexagon.db', '--to', 'postgres'];
    const { code, output } = await runToEnd(args, { POSTGRES_URL }, folder);
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('Done: everything is there.') });
    expect(output).toMatch(/^accounts {2}\[#+\] 1\/1$/m);
    expect(output).toMatch(/^sessions {2}1 there, 1 here, same sha256 [0-9a-f]{64}$/m);

    const { client, wechat } = await ServerProcess.start({ ...target, ...NO_LIMITS }, folder);
    const imported = await client.post('/v1/me/profile', await wechat.userInfo('alice'), { token });
    expect(imported).toMatchObject({ status: 200, body: { user_id } });

    await client.logIn('dev-bob');
    const again = await runToEnd(args, { POSTGRES_URL }, folder);
    expect(again).toMatchObject({ code: 1, output: expect.stringContaining('DIFFERENT') });
  }, 60_000);

  it('takes no file that is not there, and no empty source, for a success', async () => {
    const folder = temporaryFolder();
    const missing = await runToEnd(
      ['storage', 'copy', '--from', 'sqlite:none.db', '--to', 'sqlite:new.db'],
      {},
      folder,
    );
    expect(missing).toEqual({ code: 1, output: 'There is no file none.db.\n' });
    await (await ServerProcess.start({}, folder)).end('SIGTERM');
    const empty = await runToEnd(['storage', 'copy', '--from', 'sqlite', '--to', 'sqlite:new.db'], {}, folder);
    expect(empty).toMatchObject({ code: 1, output: expect.stringContaining('there was nothing to copy') });
    const nameless = await runToEnd(
      ['storage', 'copy', '--from', 'sqlite', '--to', 'mongodb://127.0.0.1:1/?w=1'],
      {},
      folder,
    );
    expect(nameless).toMatchObject({ code: 1, output: expect.stringContaining('MONGODB_URL must be like') });
  });

  it('says how it is used', async () => {
    for (const args of [[], ['--from', 'sqlite:x'], ['--from', 'sqlite:x', '--to', 'redis://x']]) {
      const { code, output } = await runToEnd(['storage', 'copy', ...args], {}, temporaryFolder());
      expect({ code, output }).toEqual({ code: 2, output: expect.stringContaining('Usage: npm run storage:copy') });
    }
  });
});

describe('npm run simulator', () => {
  it('is a WeChat that a server with SANDBOX=off can be pointed at', async () => {
    const folder = temporaryFolder();
    const app = { WECHAT_APPID: 'wx1', WECHAT_SECRET: 's' };
    const simulator = await ServerProcess.startSimulator(app, folder);
    expect(simulator.output).toContain(`WECHAT_API_BASE_URL=${simulator.url}`);
    const SECRET_KEYS = `k1:${Buffer.alloc(32, 1).toString('base64')}`;
    const server = await ServerProcess.start(
      { ...app, SECRET_KEYS, SANDBOX: 'off', WECHAT_API_BASE_URL: simulator.url },
      folder,
    );
    expect(await server.client.logIn('dev-alice')).toHaveProperty('token');
    expect((await server.client.get('/_simulator/')).status).toBe(404);
    expect(await simulator.end('SIGTERM')).toBe(0);
  });
});
