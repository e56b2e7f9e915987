import { request } from 'node:http';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { readFlatXml } from '../../src/adapters/wechat/protocol/flat-xml.ts';
import { APPID } from '../support/samples.ts';
import { ALICE, isSigned, MCHID, openShop, type Shop } from './shop.ts';

interface Journal {
  waiting: number;
  counts: Record<string, number>;
  attempts: { attempt: number; outcome: string; status?: number; error?: string }[];
}

const journal = (shop: Shop, query = ''): Promise<Journal> => shop.control.call('GET', `notices${query}`);

/** A simulator whose orders are placed and paid, and whose retries do not wait. */
async function paid(fault?: object, count = 1): Promise<Shop> {
  const shop = await openShop();
  await shop.control.call('PUT', 'notices/schedule', { compress: 0 });
  if (fault) await shop.control.call('POST', 'notices/faults', fault);
  for (let number = 1; number <= count; number += 1) {
    await shop.prepayId({ out_trade_no: `order-000${number}`, attach: 'a' });
    await shop.pay({ out_trade_no: `order-000${number}` });
  }
  return shop;
}

const numbers = (notices: readonly Readonly<Record<string, string>>[]) =>
  notices.map(({ out_trade_no }) => out_trade_no);

async function settled(shop: Shop, counts: object): Promise<Journal> {
  return vi.waitFor(async () => {
    const read = await journal(shop);
    expect(read.counts).toEqual({ taken: 0, refused: 0, failed: 0, lost: 0, ...counts });
    return read;
  });
}

describe('a notice', () => {
  it('tells the payment, signed as the order was placed', async () => {
    const shop = await paid();
    const [notice = {}] = await shop.inbox.notices(1);
    expect(notice).toMatchObject({
      return_code: 'SUCCESS',
      result_code: 'SUCCESS',
      appid: APPID,
      mch_id: MCHID,
      sign_type: 'HMAC-SHA256',
      openid: ALICE,
      trade_type: 'JSAPI',
      bank_type: 'OTHERS',
      total_fee: '100',
      cash_fee: '100',
      out_trade_no: 'order-0001',
      attach: 'a',
    });
    expect(notice).not.toHaveProperty('trade_state');
    expect(notice.transaction_id).toMatch(/^\d{28}$/);
    expect(isSigned(notice)).toBe(true);
    expect(shop.inbox.types).toEqual(['text/xml']);
    await settled(shop, { taken: 1 });
  });

  it('of an order that was placed with MD5 is signed with MD5', async () => {
    const shop = await openShop();
    await shop.prepayId({ sign_type: 'MD5' });
    await shop.pay();
    const [notice = {}] = await shop.inbox.notices(1);
    expect(isSigned(notice, 'MD5')).toBe(true);
  });

  it('of a failure is sent when it is asked for, and of a cancelled payment never', async () => {
    const shop = await openShop();
    await shop.prepayId();
    await shop.pay({ out_trade_no: 'order-0001', outcome: 'cancel', notice: true });
    await shop.pay({ out_trade_no: 'order-0001', outcome: 'failure' });
    await shop.pay({ out_trade_no: 'order-0001', outcome: 'failure', notice: true });
    const [notice = {}] = await shop.inbox.notices(1);
    expect(notice).toMatchObject({ return_code: 'SUCCESS', result_code: 'FAIL', out_trade_no: 'order-0001' });
    expect(notice).not.toHaveProperty('transaction_id');
    expect(isSigned(notice)).toBe(true);
    await settled(shop, { taken: 1 });
  });

  it('is not sent when it is not wanted, and can be sent later', async () => {
    const shop = await openShop();
    await shop.prepayId();
    await shop.pay({ out_trade_no: 'order-0001', notify: false });
    expect(await journal(shop)).toMatchObject({ waiting: 0, attempts: [] });
    shop.inbox.answers.push({ status: 400, body: 'no' });
    const answer = { status: 400, body: 'no' };
    expect(await shop.control.call('POST', 'notices', { out_trade_no: 'order-0001' })).toEqual({
      ...answer,
      answers: [answer],
    });
    expect(await journal(shop)).toMatchObject({ waiting: 0, counts: { refused: 1 } });
  });

  it('cannot be sent of what has not happened', async () => {
    const shop = await openShop();
    await shop.prepayId();
    expect(await shop.refused('POST', 'notices', { out_trade_no: 'order-0001' })).toMatchObject({ status: 409 });
    expect(await shop.refused('POST', 'notices', { out_trade_no: 'order-0002' })).toMatchObject({ status: 404 });
  });
});

describe('a notice that is not taken', () => {
  it.each([
    ['an empty body', { body: '' }],
    ['JSON', { body: '{"return_code":"SUCCESS"}' }],
    ['FAIL', { body: '<xml><return_code>FAIL</return_code></xml>' }],
    ['a 500', { status: 500, body: 'no' }],
    ['a redirect', { status: 302, body: '', headers: { location: '/elsewhere' } }],
    ['an answer without an end', { body: `<xml>${' '.repeat(70_000)}<return_code>SUCCESS</return_code></xml>` }],
    ['a hang-up', { hangUp: true }],
  ])('because of %s is sent again', async (_what, answer) => {
    const shop = await openShop();
    await shop.control.call('PUT', 'notices/schedule', { compress: 0 });
    shop.inbox.answers.push(answer, answer);
    await shop.prepayId();
    await shop.pay();
    const notices = await shop.inbox.notices(3);
    expect(new Set(numbers(notices))).toEqual(new Set(['order-0001']));
    expect(new Set(notices.map(({ nonce_str }) => nonce_str)).size).toBe(3);
    const { attempts, waiting } = await vi.waitFor(async () => {
      const read = await journal(shop);
      expect(read.counts.taken).toBe(1);
      return read;
    });
    expect(attempts.map(({ attempt, outcome }) => [attempt, outcome === 'taken'])).toEqual([
      [1, false],
      [2, false],
      [3, true],
    ]);
    expect(waiting).toBe(0);
  });

  it('is not listened to for ever', async () => {
    const shop = await openShop();
    shop.inbox.answers.push({ body: 'x'.repeat(70_000) });
    await shop.prepayId();
    await shop.pay();
    const { attempts } = await settled(shop, { failed: 1 });
    expect(attempts).toMatchObject([{ error: 'the answer is too long' }]);
  });

  it('is sent on WeChat’s schedule, compressed, and then given up', async () => {
    const waits: number[] = [];
    const real = setTimeout;
    const spy = vi.spyOn(globalThis, 'setTimeout').mockImplementation((work: () => void, wait = 0) => {
      if (wait >= 7_500) waits.push(wait);
      return real(work, wait >= 7_500 ? 0 : wait);
    });
    onTestFinished(() => spy.mockRestore());
    const shop = await openShop();
    await shop.control.call('PUT', 'notices/schedule', { compress: 0.5 });
    shop.inbox.answers.push(...Array.from({ length: 20 }, () => ({ body: 'no' })));
    await shop.prepayId();
    await shop.pay();
    const { waiting } = await settled(shop, { refused: 16 });
    expect(waiting).toBe(0);
    const seconds = [15, 15, 30, 180, 600, 1_200, 1_800, 1_800, 1_800, 3_600, 10_800, 10_800, 10_800, 21_600, 21_600];
    expect(waits).toEqual(seconds.map((each) => each * 500));
  });

  it('is not sent again when the simulator is closed', async () => {
    const shop = await openShop();
    await shop.control.call('PUT', 'notices/schedule', { compress: 0.01 });
    shop.inbox.answers.push({ body: 'no' });
    await shop.prepayId();
    await shop.pay();
    await vi.waitFor(async () => expect((await journal(shop)).waiting).toBe(1));
    const cleared = vi.spyOn(globalThis, 'clearTimeout');
    onTestFinished(() => cleared.mockRestore());
    await shop.simulator.close();
    expect(cleared).toHaveBeenCalled();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(shop.inbox.received).toHaveLength(1);
  });
});

describe('on demand a notice is', () => {
  it('lost', async () => {
    const shop = await paid({ lose: true, times: 2 }, 3);
    await settled(shop, { lost: 2, taken: 1 });
    expect(numbers(await shop.inbox.notices(1))).toEqual(['order-0003']);
    expect(await journal(shop)).toMatchObject({ waiting: 0 });
  });

  it('repeated', async () => {
    const shop = await paid({ repeat: 5, at_once: 2 });
    await settled(shop, { taken: 5 });
    expect(numbers(await shop.inbox.notices(5))).toEqual(Array.from({ length: 5 }, () => 'order-0001'));
  });

  it('repeated at once', async () => {
    const shop = await paid();
    await shop.inbox.notices(1);
    const wish = { out_trade_no: 'order-0001', repeat: 4, at_once: 4 };
    const { answers } = await shop.control.call<{ answers: { status: number }[] }>('POST', 'notices', wish);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    await settled(shop, { taken: 5 });
  });

  it('delayed', async () => {
    const shop = await paid({ delay: 300 });
    expect(await journal(shop)).toMatchObject({ waiting: 1, attempts: [] });
    await settled(shop, { taken: 1 });
  });

  it('held and sent in another order', async () => {
    const shop = await paid({ reorder: 3 }, 4);
    const notices = await shop.inbox.notices(4);
    expect(numbers(notices).filter((number) => number !== 'order-0004')).toEqual([
      'order-0003',
      'order-0002',
      'order-0001',
    ]);
  });

  it.each(['faults', 'notices/faults'])('let go by DELETE %s when it was held in vain', async (path) => {
    const shop = await paid({ reorder: 3 }, 2);
    expect(await journal(shop)).toMatchObject({ attempts: [] });
    await shop.control.call('DELETE', path);
    expect(numbers(await shop.inbox.notices(2))).toEqual(['order-0002', 'order-0001']);
  });

  it('corrupted, and right when it is sent again', async () => {
    const shop = await openShop();
    await shop.control.call('PUT', 'notices/schedule', { compress: 0 });
    await shop.control.call('POST', 'notices/faults', { corrupt: true });
    shop.inbox.answers.push({ body: 'no' });
    await shop.prepayId();
    await shop.pay();
    await settled(shop, { refused: 1, taken: 1 });
    const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = shop.inbox.received;
    const sound = (body: Buffer): boolean => {
      try {
        return isSigned(Object.fromEntries(readFlatXml(body)));
      } catch {
        return false;
      }
    };
    expect([sound(first), sound(second)]).toEqual([false, true]);
  });

  it('changed, and signed all the same', async () => {
    const shop = await paid({ override: { total_fee: '1', out_trade_no: 'order-0009', extra: 'x' }, drop: ['openid'] });
    const [notice = {}] = await shop.inbox.notices(1);
    expect(notice).toMatchObject({ total_fee: '1', out_trade_no: 'order-0009', extra: 'x' });
    expect(notice).not.toHaveProperty('openid');
    expect(isSigned(notice)).toBe(true);
  });

  it('signed with the other algorithm', async () => {
    const shop = await paid({ sign: 'downgrade' });
    const [notice = {}] = await shop.inbox.notices(1);
    expect(notice.sign).toHaveLength(32);
    expect([isSigned(notice, 'MD5'), isSigned(notice)]).toEqual([true, false]);
  });

  it('signed with another key', async () => {
    const shop = await paid({ sign: 'wrong-key' });
    const [notice = {}] = await shop.inbox.notices(1);
    expect(notice.sign).toMatch(/^[0-9A-F]{64}$/);
    expect([isSigned(notice), isSigned(notice, 'MD5')]).toEqual([false, false]);
  });

  it.each([{ sign: 'unsigned' }, { drop: ['sign'] }])('unsigned by %j', async (wish) => {
    const shop = await paid(wish);
    const [notice = {}] = await shop.inbox.notices(1);
    expect(notice).not.toHaveProperty('sign');
    expect(notice).toHaveProperty('transaction_id');
  });

  it('given a signature of the caller’s', async () => {
    const shop = await paid({ override: { sign: 'mine' } });
    expect(await shop.inbox.notices(1)).toMatchObject([{ sign: 'mine' }]);
  });

  it('sent with any of it, now', async () => {
    const shop = await paid();
    await shop.inbox.notices(1);
    const answer = await shop.control.call('POST', 'notices', {
      out_trade_no: 'order-0001',
      override: { total_fee: '7' },
      sign: 'downgrade',
    });
    expect(answer).toMatchObject({ status: 200, body: expect.stringContaining('SUCCESS') as string });
    const [, notice = {}] = await shop.inbox.notices(2);
    expect(notice.total_fee).toBe('7');
    expect(isSigned(notice, 'MD5')).toBe(true);
  });

  it('ordered under no content type, too', async () => {
    const shop = await paid({ lose: true });
    const status = await new Promise((resolve) => {
      const path = `${shop.control.url}/_simulator/notices`;
      const asking = request(path, { method: 'POST' }, ({ statusCode }) => resolve(statusCode));
      asking.end('{"out_trade_no":"order-0001"}');
    });
    expect(status).toBe(200);
    expect(numbers(await shop.inbox.notices(1))).toEqual(['order-0001']);
  });

  it('told to nobody when nobody listens', async () => {
    const shop = await openShop();
    await shop.prepayId({ notify_url: 'http://127.0.0.1:1/notify' });
    await shop.pay({ out_trade_no: 'order-0001', notify: false });
    expect(await shop.control.call('POST', 'notices', { out_trade_no: 'order-0001' })).toMatchObject({
      status: 0,
      error: 'ECONNREFUSED',
    });
  });

  it('no concern of the notices that come after', async () => {
    const shop = await paid({ sign: 'unsigned' }, 2);
    const notices = await shop.inbox.notices(2);
    const unsigned = notices.filter((notice) => !isSigned(notice));
    expect(numbers(unsigned)).toEqual(['order-0001']);
  });
});

describe('the list of notices', () => {
  it('can be of one trade', async () => {
    const shop = await paid(undefined, 2);
    await settled(shop, { taken: 2 });
    const { attempts } = await journal(shop, '?out_trade_no=order-0002');
    expect(attempts).toMatchObject([{ out_trade_no: 'order-0002', attempt: 1, outcome: 'taken', status: 200 }]);
  });

  it('is no trouble for 1,000 trades', async () => {
    const shop = await openShop();
    const trades = Array.from({ length: 1_000 }, (_, index) => `order-${index}`);
    for (const out_trade_no of trades) {
      await shop.prepayId({ out_trade_no });
      await shop.pay({ out_trade_no });
    }
    const read = await vi.waitFor(async () => {
      const found = await journal(shop);
      expect(found.counts.taken).toBe(1_000);
      return found;
    });
    expect(read.attempts).toHaveLength(1_000);
    expect(new Set(numbers(await shop.inbox.notices(1_000))).size).toBe(1_000);
  });
});
