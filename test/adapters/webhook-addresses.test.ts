import { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, type Mock, type MockInstance, vi } from 'vitest';
import { readAllowList } from '../../src/adapters/webhook/allow-list.ts';
import { isForbidden } from '../../src/adapters/webhook/forbidden-addresses.ts';
import type { Resolve } from '../../src/adapters/webhook/resolved-receiver.ts';
import { placeInLog } from '../../src/domain/order/event-log.ts';
import { NOON, sampleNote } from '../support/samples.ts';
import { webhooksTo } from '../support/webhook-samples.ts';
import { webhookReceiver } from '../support/webhook-receiver.ts';

const EVENT = { id: placeInLog(1), event: sampleNote() };

/** Ways to say an address that is nobody's to call, in the address itself. */
const LITERALS = `
  127.0.0.1 127.1 127.0.1 127.255.255.254 127.0.0.1. 0 0.0.0.0 0.0.0.1 2130706433 0x7f000001 0x7f.1
  0x7f.0x0.0x0.0x1 017700000001 0177.0.0.1 0177.1 0x7F.0.1 １２７.０.０.１ １２７。０。０。１ 127｡0｡0｡1 ①②⑦.⓪.⓪.①
  %31%32%37.0.0.1 １69.254.169.254 168.63.129.16 169.254.169.254 2852039166 0xa9fea9fe 0251.0376.0251.0376 169.254.43518
  169.16689662 10.0.0.1 10.1 167772161 172.16.0.1 172.31.255.255 192.168.1.1 192.168.257 3232235777 100.64.0.1
  100.127.255.254 192.0.0.1 192.0.2.1 198.18.0.1 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.250 240.0.0.1
  255.255.255.255 192.88.99.1 [::1] [::] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1]
  [::7f00:1] [::ffff:10.0.0.1] [::ffff:a9fe:a9fe] [::ffff:0:127.0.0.1] [64:ff9b::127.0.0.1]
  [64:ff9b::a9fe:a9fe] [64:ff9b:1::10.0.0.1] [2002:7f00:1::] [2002:a9fe:a9fe::1] [2001:0:7f00:1::] [fe80::1]
  [febf::1] [fec0::1] [fc00::1] [fd00:ec2::254] [ff02::1] [ff05::2] [2001:db8::1] [100::1] [3fff::1]
`
  .trim()
  .split(/\s+/);

/** Addresses that are forbidden for another reason than where they lead. */
const OTHERS = [
  'http://shop.example/',
  'http://93.184.216.34/',
  'ftp://shop.example/',
  'https://user:password@shop.example/',
  'https://user@169.254.169.254/',
  'https://shop.example:22/',
  'https://shop.example:25/',
  'https://shop.example:0/',
  'https://shop.example:80/',
];

/** What a harmless name may turn out to be. */
const RESOLVED: (readonly string[])[] = [
  ['127.0.0.1'],
  ['::1'],
  ['169.254.169.254'],
  ['10.9.8.7'],
  ['::ffff:192.168.0.1'],
  ['fd00:ec2::254'],
  ['93.184.216.34', '127.0.0.1'],
  ['2606:2800:220:1::1', '93.184.216.34', 'fe80::1'],
];

const lookingUp = (addresses: readonly string[]) =>
  vi.fn<Resolve>(async () => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));

let connect: MockInstance;

/** No test here leaves this machine, whatever is wrong: every connection is noted and refused. */
beforeEach(() => {
  connect = vi.spyOn(Socket.prototype, 'connect').mockImplementation(function (this: Socket) {
    queueMicrotask(() => this.destroy(new Error('refused by the test')));
    return this;
  });
});

afterEach(() => connect.mockRestore());

/** To what the connection was to be made: a host that is an address, or what the look-up answers for it. */
async function goals(): Promise<unknown[]> {
  type Options = {
    host: string;
    lookup: (host: string, options: object, answer: (...given: unknown[]) => void) => void;
  };
  return Promise.all(
    connect.mock.calls.map(([given]) => {
      const [options] = (Array.isArray(given) ? given : [given]) as [Options];
      return new Promise((resolve) => {
        options.lookup(options.host, { all: true }, (_error, addresses) => resolve(addresses));
      });
    }),
  );
}

describe('no connection is made', () => {
  const public4 = ['93.184.216.34'];

  it('there are eighty and more of them', () => {
    expect(LITERALS.length + OTHERS.length + RESOLVED.length).toBeGreaterThanOrEqual(80);
  });

  it.each(LITERALS)('to https://%s/', async (host) => {
    const resolve = lookingUp(public4);
    expect(await webhooksTo({ url: `https://${host}/hook`, resolve }).send(EVENT, NOON)).toEqual({
      kind: 'failed',
      fault: 'forbidden-address',
    });
    expect(connect).not.toHaveBeenCalled();
    expect(resolve).not.toHaveBeenCalled();
  });

  it.each(OTHERS)('to %s', async (url) => {
    const sent = await webhooksTo({ url, resolve: lookingUp(public4) }).send(EVENT, NOON);
    expect(sent).toEqual({ kind: 'failed', fault: 'forbidden-address' });
    expect(connect).not.toHaveBeenCalled();
  });

  it.each(RESOLVED)('to a name that leads to %s %s %s', async (...addresses) => {
    const resolve = lookingUp(addresses);
    const sent = await webhooksTo({ url: 'https://shop.example/hook', resolve }).send(EVENT, NOON);
    expect(sent).toEqual({ kind: 'failed', fault: 'forbidden-address' });
    expect(resolve).toHaveBeenCalledOnce();
    expect(connect).not.toHaveBeenCalled();
  });

  it('to a name that leads nowhere, and none to what it is called besides', async () => {
    const failing = vi.fn<Resolve>(() => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' })));
    expect(
      await webhooksTo({ url: 'https://localhost/', resolve: lookingUp(['127.0.0.1']) }).send(EVENT, NOON),
    ).toEqual({
      kind: 'failed',
      fault: 'forbidden-address',
    });
    expect(await webhooksTo({ url: 'https://shop.example/', resolve: failing }).send(EVENT, NOON)).toEqual({
      kind: 'failed',
      fault: 'unreachable',
    });
    expect(connect).not.toHaveBeenCalled();
  });
});

describe('a connection is made', () => {
  it('to the very address that was judged, which is asked for before every try', async () => {
    const answers = [['93.184.216.34'], ['169.254.169.254'], ['93.184.216.35', '2606:2800:220:1::1']];
    const resolve: Mock<Resolve> = vi.fn<Resolve>(async () =>
      lookingUp(answers[resolve.mock.calls.length - 1]!)('shop.example'),
    );
    const webhooks = webhooksTo({ url: 'https://shop.example/hook', resolve });
    const sent = [];
    for (const _try of answers) sent.push(await webhooks.send(EVENT, NOON));
    expect(sent.map((one) => 'fault' in one && one.fault)).toEqual(['unreachable', 'forbidden-address', 'unreachable']);
    expect(resolve).toHaveBeenCalledTimes(3);
    expect(await goals()).toEqual([
      [{ address: '93.184.216.34', family: 4 }],
      [
        { address: '93.184.216.35', family: 4 },
        { address: '2606:2800:220:1::1', family: 6 },
      ],
    ]);
  });

  it('after one look-up for all that are sent at a time: a name server that hangs holds up nobody else', async () => {
    const hanging = Promise.withResolvers<{ address: string; family: number }[]>();
    const resolve = vi.fn<Resolve>(() => hanging.promise);
    const webhooks = webhooksTo({ url: 'https://shop.example/hook', resolve, deadline: 50 });
    const sent = await Promise.all(Array.from({ length: 20 }, () => webhooks.send(EVENT, NOON)));
    expect(sent).toEqual(sent.map(() => ({ kind: 'failed', fault: 'timeout' })));
    expect(resolve).toHaveBeenCalledOnce();
    hanging.resolve([{ address: '93.184.216.34', family: 4 }]);
  });

  it.each([
    ['127.0.0.1:9000', 'http://127.0.0.1:9000/', true],
    ['127.0.0.1:9000', 'http://2130706433:9000/', true],
    ['127.0.0.1:9000', 'http://127.0.0.1:9001/', false],
    ['127.0.0.1', 'http://127.0.0.1:9001/', true],
    ['erp.internal', 'http://erp.internal/', true],
    ['ERP.internal:443', 'https://erp.internal/', true],
    ['erp.internal:443', 'https://erp.internal:8443/', false],
    ['erp.internal', 'https://other.internal/', false],
    ['10.0.0.0/8', 'https://other.internal/', true],
    ['10.0.0.0/8', 'http://10.1.2.3/', true],
    ['10.0.0.0/8', 'http://other.internal/', false],
    ['10.0.0.0/8', 'http://192.168.0.1/', false],
    ['192.168.0.0/16, fd00::/8', 'http://[fd00::1]:80/', true],
    ['[fd00::1]:80', 'http://[fd00:0::1]/', true],
    ['127.0.0.1', 'https://user@127.0.0.1/', false],
  ])('where %s is allowed, to %s: %s', async (allowed, url, isCalled) => {
    await webhooksTo({ url, allowed, resolve: lookingUp(['10.0.0.7']) }).send(EVENT, NOON);
    expect(connect).toHaveBeenCalledTimes(isCalled ? 1 : 0);
  });

  it('to a real receiver that is allowed, and none to where it points next', async () => {
    connect.mockRestore();
    const receiver = await webhookReceiver((response) => {
      response.writeHead(307, { location: 'http://169.254.169.254/latest/meta-data/' }).end();
    });
    connect = vi.spyOn(Socket.prototype, 'connect');
    const sent = await webhooksTo({ url: receiver.url, allowed: '127.0.0.1' }).send(EVENT, NOON);
    expect(sent).toMatchObject({ kind: 'answered', status: 307 });
    expect(connect).toHaveBeenCalledOnce();
  });
});

describe('what is allowed besides', () => {
  it.each(['', 'a b', 'http://erp', 'erp/8', '10.0.0.0/33', 'fd00::/129', 'erp:99999', '10.0.0.0/8,,erp', 'user@erp'])(
    'is not said by "%s"',
    (text) => expect(readAllowList(text)).toBeUndefined(),
  );
});

describe('public addresses', () => {
  it.each(['93.184.216.34', '8.8.8.8', '1.1.1.1', '2606:4700::1111', '::ffff:8.8.8.8', '64:ff9b::808:808'])(
    '%s may be called',
    (address) => expect(isForbidden(address)).toBe(false),
  );
});
