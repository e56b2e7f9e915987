import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileFunction } from 'node:vm';
import { beforeAll, describe, expect, it } from 'vitest';
import { FakePhone } from '../support/fake-phone.ts';
import { openMerchantBackend } from '../support/merchant-backend.ts';
import { openSandbox } from '../support/sandbox.ts';
import { lastingFolder } from '../support/storages.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PROGRAM = join(ROOT, 'examples/mini-program');

// oxlint-disable-next-line typescript/no-explicit-any
type Page = Record<string, any>;

let built: string;

beforeAll(() => {
  built = lastingFolder();
  execFileSync(process.execPath, ['scripts/build-mini-program.ts', built], { cwd: ROOT });
});

/** Runs the files of the mini program as WeChat does: CommonJS, with its globals. */
function start(phone: FakePhone, config: object) {
  const modules = new Map<string, { exports: unknown }>([[join(PROGRAM, 'config.js'), { exports: config }]]);
  let app: Page = {};
  let page: Page = {};
  const globals = {
    wx: phone.wx,
    getApp: () => app,
    App: (definition: Page) => (app = definition),
    Page: (definition: Page) => (page = definition),
  };
  const load = (path: string): unknown => {
    const file = path.endsWith('.js') ? path : `${path}.js`;
    const known = modules.get(file);
    if (known) return known.exports;
    const module = { exports: {} };
    modules.set(file, module);
    const client = relative(join(PROGRAM, 'wexagon'), file);
    const source = readFileSync(client.startsWith('..') ? file : join(built, client), 'utf8');
    const names = ['module', 'exports', 'require', ...Object.keys(globals)];
    const run = compileFunction(source, names, { filename: file }) as (...given: unknown[]) => void;
    run(module, module.exports, (wanted: string) => load(join(dirname(file), wanted)), ...Object.values(globals));
    return module.exports;
  };
  load(join(PROGRAM, 'app'));
  app.onLaunch();
  return (path: string): Page => {
    modules.delete(join(PROGRAM, `${path}.js`));
    load(join(PROGRAM, path));
    const setData = (change: object): void => void Object.assign(page.data, change);
    return Object.assign(page, { data: structuredClone(page.data), setData });
  };
}

async function openPhone() {
  const sandbox = await openSandbox();
  const shop = await openMerchantBackend(sandbox.client.url);
  const phone = new FakePhone(sandbox);
  const open = start(phone, { baseUrl: sandbox.client.url, shopUrl: shop.url, sandboxUser: '' });
  return { open, phone, sandbox };
}

const { pages } = JSON.parse(readFileSync(join(PROGRAM, 'app.json'), 'utf8')) as { pages: string[] };

describe('examples/mini-program', () => {
  it('logs in, shows the account, and keeps the nickname', async () => {
    const { open, phone } = await openPhone();
    const me = open('pages/me/me');
    await me.onShow();
    expect(me.data).toMatchObject({ nickName: '', userId: expect.any(String), problem: '' });
    await me.save({ detail: { value: { nickName: '爱丽丝' } } });
    expect(me.data).toMatchObject({ nickName: '爱丽丝', isSaved: true });
    await me.save({ detail: { value: { nickName: '' } } });
    expect(me.data.problem).not.toBe('');

    const later = open('pages/me/me');
    await later.onShow();
    expect(later.data.nickName).toBe('爱丽丝');
    expect(phone.logins).toBe(1);
    await later.logOut();
    expect(later.data.userId).toBe('');
  });

  it('orders a coffee at the shop’s price, pays it, and shows it as paid', async () => {
    const { open, sandbox } = await openPhone();
    const order = open('pages/order/order');
    await order.onLoad();
    expect(order.data.menu).toContainEqual({ name: 'latte', yuan: '18.00' });
    await order.buy({ currentTarget: { dataset: { name: 'latte' } } });
    expect(order.data).toMatchObject({ word: '已支付', isBusy: false, problem: '' });
    expect(await sandbox.read(order.data.number)).toMatchObject({ state: 'paid', amount: { total: 1_800 } });
  });

  it('shows an order as unpaid when the user gives up, and as paid once they pay after all', async () => {
    const { open, phone, sandbox } = await openPhone();
    const order = open('pages/order/order');
    phone.thumb.outcome = 'cancel';
    await order.buy({ currentTarget: { dataset: { name: 'espresso' } } });
    expect(order.data.word).toContain('尚未支付');
    phone.thumb.outcome = 'success';
    await order.payAgain();
    expect(order.data.word).toBe('已支付');
    await order.lookAgain();
    expect(await sandbox.read(order.data.number)).toMatchObject({ state: 'paid', amount: { total: 1_200 } });
  });

  it('tells the user when there is no network, and does not order twice on a double tap', async () => {
    const { open, phone, sandbox } = await openPhone();
    const order = open('pages/order/order');
    phone.offline = 1;
    await order.onLoad();
    expect(order.data.problem).toBe('no network');
    const tap = { currentTarget: { dataset: { name: 'latte' } } };
    await Promise.all([order.buy(tap), order.buy(tap)]);
    expect((await sandbox.merchant('GET', '/orders')).body.orders).toHaveLength(1);
  });

  it.each(pages)('%s: its template names only what its script has', (path) => {
    const open = start(new FakePhone({} as never), { baseUrl: '', shopUrl: '', sandboxUser: '' });
    const page = open(path);
    const template = readFileSync(join(PROGRAM, `${path}.wxml`), 'utf8');
    const handlers = [...template.matchAll(/bind\w+="(\w+)"/g)].map(([, name]) => name!);
    expect(handlers.length).toBeGreaterThan(0);
    for (const name of handlers) expect(page[name], name).toBeTypeOf('function');
    const names = [...template.matchAll(/\{\{(\w+)/g)].map(([, name]) => name!);
    for (const name of names) expect([...Object.keys(page.data), 'item']).toContain(name);
    expect(readdirSync(join(PROGRAM, dirname(path))).toSorted()).toEqual(
      ['js', 'json', 'wxml', 'wxss'].map((kind) => `${path.split('/').at(-1)}.${kind}`),
    );
  });
});
