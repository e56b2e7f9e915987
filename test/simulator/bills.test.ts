import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compactTime } from '../../src/adapters/wechat/protocol/compact-time.ts';
import { readFlatXml } from '../../src/adapters/wechat/protocol/flat-xml.ts';
import { APPID } from '../support/samples.ts';
import { ALICE, MCHID, openShop, type Shop } from './shop.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const daysAgo = (days: number): string => compactTime(new Date(Date.now() - days * DAY)).slice(0, 8);
const YESTERDAY = daysAgo(1);
/** Noon of that day where WeChat is. */
const noonOf = (date: string): string => date.replace(/(....)(..)(..)/, '$1-$2-$3T12:00:00+08:00');
const NOON = noonOf(YESTERDAY);

type Fields = Record<string, string>;
type Row = Record<string, string>;

interface Bill {
  readonly header: string[];
  readonly rows: Row[];
  readonly summary: Row | undefined;
}

const HEADERS = (() => {
  const file = new URL('../vectors/bills.json', import.meta.url);
  const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as {
    vectors: { name: string; expected: { header: string[]; summary: Row } }[];
  };
  const of = (name: string) => {
    const vector = vectors.find((vector) => vector.name === name);
    if (!vector) throw new Error(`no vector ${name}`);
    return vector.expected.header;
  };
  const summary = vectors.find(({ name }) => name === 'official-php-bill-all-45-rows')?.expected.summary ?? {};
  return {
    ALL: of('official-php-bill-all-45-rows'),
    SUCCESS: of('wxjava-success'),
    REFUND: of('wxjava-refund'),
    RECHARGE_REFUND: of('wxjava-refund'),
    flow: of('official-doc-fundflow'),
    summary: Object.keys(summary),
  };
})();

/** As a reader who knows only the vectors would read it. */
function read(text: string, summaryHead: string): Bill {
  expect(text.startsWith('\uFEFF')).toBe(true);
  expect(text.endsWith('\r\n')).toBe(true);
  const lines = text.slice(1, -2).split('\r\n');
  const cells = (line: string): string[] => line.slice(1).split(',`');
  const header = lines[0]?.split(',') ?? [];
  const end = lines.findIndex((line) => line.startsWith(summaryHead));
  const named = (names: string[], line: string): Row => {
    expect(line.startsWith('`')).toBe(true);
    expect(cells(line)).toHaveLength(names.length);
    return Object.fromEntries(names.map((name, index) => [name, cells(line)[index] ?? '']));
  };
  const rows = lines.slice(1, end < 0 ? undefined : end).map((line) => named(header, line));
  if (end < 0) return { header, rows, summary: undefined };
  expect(lines).toHaveLength(end + 2);
  return { header, rows, summary: named(lines[end]?.split(',') ?? [], lines[end + 1] ?? '') };
}

const ask = (shop: Shop, fields: Fields = {}): Promise<Response> =>
  shop.download('/pay/downloadbill', { bill_date: YESTERDAY, bill_type: 'ALL', ...fields });

/** The byte order mark, too, which text() swallows. */
const textOf = async (answer: Response): Promise<string> => Buffer.from(await answer.arrayBuffer()).toString();

const bill = async (shop: Shop, fields: Fields = {}): Promise<Bill> =>
  read(await textOf(await ask(shop, fields)), '总交易单数');

const failure = async (answer: Response): Promise<Fields> =>
  Object.fromEntries(readFlatXml(Buffer.from(await answer.arrayBuffer())));

const add = (shop: Shop, body: object = {}): Promise<{ out_trade_no: string; transaction_id: string }> =>
  shop.control.call('POST', 'trades', { at: NOON, ...body });

const harm = (shop: Shop, body: object): Promise<void> => shop.control.call('POST', 'bills/harm', body);

/** Paid yesterday: 1.00, and 20.00 with coupons of which 5 yuan are WeChat's. Of the latter 8.00 were refunded. */
async function yesterday(): Promise<Shop> {
  const shop = await openShop();
  await shop.control.call('PUT', 'refunds/outcome', { outcome: 'none' });
  await shop.paid({ out_trade_no: 'order-0001', body: 'Tea, green', attach: 'a,b', device_info: 'WEB' });
  await shop.control.call('PATCH', 'trades/order-0001', { paid_at: NOON });
  const coupons = [{ fee: 500, type: 'NO_CASH' }, { fee: 300 }];
  await add(shop, { out_trade_no: 'order-0002', total: 2_000, user: 'alice', coupons });
  await shop.refund({ out_trade_no: 'order-0002', total_fee: '2000', refund_fee: '800', refund_desc: '缺货' });
  await shop.control.call('POST', 'refunds/refund-1/outcome', { outcome: 'success' });
  const times = { requested_at: NOON, succeeded_at: NOON.replace('T12:00:00', 'T12:00:09') };
  await shop.control.call('PATCH', 'refunds/refund-1', times);
  return shop;
}

describe('the bill of all trades', () => {
  it('has a row of every payment and refund, in WeChat’s layout, and their totals', async () => {
    const shop = await yesterday();
    const { header, rows, summary } = await bill(shop);
    expect(header).toEqual(HEADERS.ALL);
    expect(header).toHaveLength(27);
    const { refunds } = await shop.control.call<{ refunds: { refund_id: string }[] }>('GET', 'trades/order-0002');
    const time = NOON.replace('T', ' ').slice(0, 19);
    const common = {
      交易时间: time,
      公众账号ID: APPID,
      商户号: MCHID,
      特约商户号: '0',
      用户标识: ALICE,
      交易类型: 'JSAPI',
      付款银行: 'OTHERS',
      货币种类: 'CNY',
      费率: '0.60%',
      费率备注: '',
    };
    const unrefunded = {
      微信退款单号: '0',
      商户退款单号: '0',
      退款金额: '0.00',
      充值券退款金额: '0.00',
      退款类型: '',
      退款状态: '',
      申请退款金额: '0.00',
    };
    const id = expect.stringMatching(/^4200\d{24}$/) as string;
    expect(rows).toEqual([
      {
        ...common,
        ...unrefunded,
        设备号: 'WEB',
        微信订单号: id,
        商户订单号: 'order-0001',
        交易状态: 'SUCCESS',
        应结订单金额: '1.00',
        代金券金额: '0.00',
        商品名称: 'Tea, green',
        商户数据包: 'a,b',
        手续费: '0.01000',
        订单金额: '1.00',
      },
      {
        ...common,
        ...unrefunded,
        设备号: '',
        微信订单号: id,
        商户订单号: 'order-0002',
        交易状态: 'SUCCESS',
        应结订单金额: '15.00',
        代金券金额: '8.00',
        商品名称: 'a trade of another server',
        商户数据包: '',
        手续费: '0.09000',
        订单金额: '20.00',
      },
      {
        ...common,
        设备号: '',
        微信订单号: id,
        商户订单号: 'order-0002',
        交易状态: 'REFUND',
        应结订单金额: '0.00',
        代金券金额: '0.00',
        微信退款单号: refunds[0]?.refund_id,
        商户退款单号: 'refund-1',
        退款金额: '6.00',
        充值券退款金额: '1.20',
        退款类型: 'ORIGINAL',
        退款状态: 'SUCCESS',
        商品名称: 'a trade of another server',
        商户数据包: '',
        手续费: '-0.04000',
        订单金额: '0.00',
        申请退款金额: '8.00',
      },
    ]);
    expect(Object.keys(summary ?? {})).toEqual(HEADERS.summary);
    expect(summary).toEqual({
      总交易单数: '3',
      应结订单总金额: '16.00',
      退款总金额: '6.00',
      充值券退款总金额: '1.20',
      手续费总金额: '0.06000',
      订单总金额: '21.00',
      申请退款总金额: '8.00',
    });
  });

  it.each([
    ['SUCCESS', 20, ['order-0001', 'order-0002'], '21.00', '0.10000'],
    ['REFUND', 29, ['order-0002'], '0.00', '-0.04000'],
  ] as const)('is also there in part: %s', async (bill_type, columns, numbers, total, fee) => {
    const { header, rows, summary } = await bill(await yesterday(), { bill_type });
    expect(header).toEqual(HEADERS[bill_type]);
    expect(header).toHaveLength(columns);
    expect(rows.map((row) => row.商户订单号)).toEqual(numbers);
    expect(summary).toMatchObject({ 总交易单数: String(numbers.length), 订单总金额: total, 手续费总金额: fee });
  });

  it('tells in part when refunds were asked for and paid', async () => {
    const { rows } = await bill(await yesterday(), { bill_type: 'REFUND' });
    const time = NOON.replace('T', ' ').slice(0, 17);
    expect(rows).toMatchObject([{ 退款申请时间: `${time}00`, 退款成功时间: `${time}09` }]);
  });

  it('tells apart the refunds that were paid from recharged funds', async () => {
    const shop = await yesterday();
    expect(await failure(await ask(shop, { bill_type: 'RECHARGE_REFUND' }))).toMatchObject({ error_code: '20002' });
    await shop.refund({ out_refund_no: 'refund-2', refund_account: 'REFUND_SOURCE_RECHARGE_FUNDS' });
    await shop.control.call('PATCH', 'refunds/refund-2', { requested_at: NOON });
    const { header, rows } = await bill(shop, { bill_type: 'RECHARGE_REFUND' });
    expect(header).toEqual(HEADERS.RECHARGE_REFUND);
    expect(rows).toMatchObject([{ 商户退款单号: 'refund-2', 退款状态: 'PROCESSING', 退款成功时间: '' }]);
  });

  it('is a file of its own when it is compressed', async () => {
    const shop = await yesterday();
    const plain = await ask(shop);
    expect(plain.headers.get('content-type')).toContain('text/plain');
    const packed = await ask(shop, { tar_type: 'GZIP' });
    expect(packed.headers.get('content-encoding')).toBeNull();
    const bytes = Buffer.from(await packed.arrayBuffer());
    expect(gunzipSync(bytes).toString()).toBe(await textOf(plain));
  });

  it('begins and ends at midnight of UTC+8', async () => {
    const shop = await openShop();
    const start = new Date(noonOf(daysAgo(2))).getTime() - 12 * HOUR;
    for (const [out_trade_no, at] of [
      ['before', start - 1],
      ['first', start],
      ['last', start + DAY - 1],
      ['after', start + DAY],
    ] as const)
      await add(shop, { out_trade_no, at: new Date(at).toISOString() });
    const { rows } = await bill(shop, { bill_date: daysAgo(2) });
    expect(rows.map((row) => row.商户订单号)).toEqual(['first', 'last']);
  });

  it('has a refund on the day when it was asked for', async () => {
    const shop = await yesterday();
    await shop.control.call('PATCH', 'refunds/refund-1', { requested_at: noonOf(daysAgo(3)) });
    expect((await bill(shop)).rows).toHaveLength(2);
    expect((await bill(shop, { bill_date: daysAgo(3) })).rows).toMatchObject([{ 交易状态: 'REFUND' }]);
  });

  it('keeps every row on a line of its own', async () => {
    const shop = await openShop();
    await add(shop, { description: 'two\r\nlines', attach: 'and\nmore' });
    expect((await bill(shop)).rows).toMatchObject([{ 商品名称: 'two lines', 商户数据包: 'and more' }]);
  });

  it('is no trouble with 100,000 trades: it flows, and others are answered meanwhile', async () => {
    const shop = await openShop();
    await add(shop, { count: 100_000, total: 7 });
    const answer = await ask(shop);
    const reader = (answer.body ?? new ReadableStream<Uint8Array>()).getReader();
    const first = await reader.read();
    expect(first.value?.length).toBeLessThan(1_000_000);
    // While the rest waits to be read.
    expect(await shop.query({ out_trade_no: 'nobody-0001' })).toMatchObject({ err_code: 'ORDERNOTEXIST' });
    const chunks = [first.value ?? new Uint8Array()];
    for (let next = await reader.read(); !next.done; next = await reader.read()) chunks.push(next.value);
    const text = Buffer.concat(chunks).toString();
    expect(text.split('\r\n').slice(-2)[0]).toBe('`100000,`7000.00,`0.00,`0.00,`0.00000,`7000.00,`0.00');
    expect(text.split('\r\n')).toHaveLength(100_004);
  }, 30_000);
});

describe('a bill that is not there', () => {
  it.each([
    ['of a day without trades', { bill_date: daysAgo(5) }, '20002', 'No Bill Exist'],
    ['of today', { bill_date: daysAgo(0) }, '20003', 'Bill Creating'],
    ['of tomorrow', { bill_date: daysAgo(-1) }, '20001', 'data format error'],
    ['of long ago', { bill_date: daysAgo(100) }, '20001', 'data format error'],
    ['of no day', { bill_date: '20250230' }, '20001', 'data format error'],
    ['of a day in another form', { bill_date: '2025-02-03' }, '20001', 'data format error'],
    ['of which day', { bill_date: '' }, '20001', 'missing parameter'],
    ['of what', { bill_type: '' }, '20001', 'missing parameter'],
    ['of an unknown type', { bill_type: 'all' }, '20001', 'invalid bill_type'],
    ['in another form', { tar_type: 'ZIP' }, '20001', 'data format error'],
    ['for a stranger', { sign: '0'.repeat(64) }, '20001', 'sign error'],
  ])('%s', async (_what, fields, error_code, return_msg) => {
    const shop = await openShop();
    await add(shop, { at: new Date().toISOString() });
    const answer = await ask(shop, fields);
    expect(answer.headers.get('content-type')).toContain('text/xml');
    expect(await failure(answer)).toEqual({ return_code: 'FAIL', return_msg, error_code });
  });

  it('is there when it is said to be', async () => {
    const shop = await openShop();
    await add(shop);
    await add(shop, { at: new Date().toISOString() });
    await shop.control.call('PUT', 'bills', { ready: false });
    expect(await failure(await ask(shop))).toMatchObject({ return_msg: 'Bill Creating' });
    await shop.control.call('PUT', 'bills', { ready: true });
    expect((await bill(shop)).rows).toHaveLength(1);
    expect(await failure(await ask(shop, { bill_date: daysAgo(0) }))).toMatchObject({ return_msg: 'Bill Creating' });
    await shop.control.call('PUT', 'bills', { today: true });
    expect((await bill(shop, { bill_date: daysAgo(0) })).rows).toHaveLength(1);
  });

  it('is noted in the ledger', async () => {
    const shop = await yesterday();
    await bill(shop);
    await ask(shop, { bill_date: daysAgo(7) });
    expect(await shop.control.counts()).toMatchObject({
      'downloadbill ok': 1,
      'downloadbill error_code 20002 No Bill Exist': 1,
    });
  });
});

describe('a bill that was harmed', () => {
  it('lacks its summary', async () => {
    const shop = await yesterday();
    await harm(shop, { truncate: true });
    const { rows, summary } = await bill(shop);
    expect([rows.length, summary]).toEqual([3, undefined]);
    expect((await bill(shop)).summary).toBeDefined();
  });

  it('has rows of nothing, and their money', async () => {
    const shop = await yesterday();
    await harm(shop, {
      extra: [
        { out_trade_no: 'ghost', total: 300 },
        { out_trade_no: 'g2', total: 1, transaction_id: 'x' },
      ],
    });
    const { rows, summary } = await bill(shop);
    expect(rows.slice(3)).toMatchObject([
      { 商户订单号: 'ghost', 订单金额: '3.00', 交易状态: 'SUCCESS' },
      { 商户订单号: 'g2', 微信订单号: 'x' },
    ]);
    expect(summary).toMatchObject({ 总交易单数: '5', 订单总金额: '24.01' });
  });

  it('is a bill even of a day without trades', async () => {
    const shop = await openShop();
    await harm(shop, { extra: [{ out_trade_no: 'ghost', total: 300 }] });
    expect((await bill(shop)).rows).toHaveLength(1);
  });

  it('lacks rows, of payments or of refunds', async () => {
    const shop = await yesterday();
    await harm(shop, { drop: ['order-0002'] });
    await harm(shop, { drop: ['refund-1'] });
    const [payment, refund] = [await bill(shop), await bill(shop)];
    expect(payment.rows.map((row) => row.交易状态)).toEqual(['SUCCESS', 'REFUND']);
    expect(payment.summary).toMatchObject({ 总交易单数: '2', 订单总金额: '1.00' });
    expect(refund.rows.map((row) => row.交易状态)).toEqual(['SUCCESS', 'SUCCESS']);
  });

  it('has other amounts', async () => {
    const shop = await yesterday();
    await harm(shop, { alter: { 'order-0001': { total: 99 }, 'refund-1': { total: 1 } } });
    const { rows, summary } = await bill(shop);
    expect(rows).toMatchObject([{ 订单金额: '0.99' }, { 订单金额: '20.00' }, { 申请退款金额: '0.01' }]);
    expect(summary).toMatchObject({ 订单总金额: '20.99', 申请退款总金额: '0.01' });
  });

  it('has totals that are not true', async () => {
    const shop = await yesterday();
    await harm(shop, { totals: { 应结订单总金额: '16.01' } });
    expect((await bill(shop)).summary).toMatchObject({ 应结订单总金额: '16.01', 订单总金额: '21.00' });
  });

  it('so often as it was ordered, unless that is forgotten', async () => {
    const shop = await yesterday();
    await harm(shop, { truncate: true, times: 3 });
    // There is no bill to harm.
    await ask(shop, { bill_date: daysAgo(9) });
    await bill(shop);
    expect((await bill(shop)).summary).toBeUndefined();
    await shop.control.call('DELETE', 'bills/harm');
    expect((await bill(shop)).summary).toBeDefined();
  });
});

describe('trades of other servers', () => {
  it('are found like our own', async () => {
    const shop = await openShop();
    const { out_trade_no, transaction_id } = await add(shop, { total: 5, user: 'alice' });
    expect(await shop.query({ out_trade_no })).toMatchObject({ trade_state: 'SUCCESS', transaction_id, openid: ALICE });
    expect(await shop.query({ transaction_id })).toMatchObject({ out_trade_no, total_fee: '5' });
    expect(await shop.refused('POST', 'trades', { out_trade_no })).toMatchObject({ status: 409 });
    expect(await shop.refused('POST', 'trades', { out_trade_no: 'x', count: 2 })).toMatchObject({ status: 400 });
  });

  it('cannot be moved before they are paid', async () => {
    const shop = await openShop();
    await shop.prepayId();
    expect(await shop.refused('PATCH', 'trades/order-0001', { paid_at: NOON })).toMatchObject({ status: 409 });
    expect(await shop.refused('PATCH', 'trades/order-0001', { paid_at: 'noon' })).toMatchObject({ status: 400 });
  });
});

describe('the fund flow', () => {
  const askFlow = (shop: Shop, fields: Fields = {}): Promise<Response> =>
    shop.download('/pay/downloadfundflow', { bill_date: YESTERDAY, account_type: 'Basic', ...fields });

  it('has a row for whatever moved money, and its totals', async () => {
    const shop = await yesterday();
    await add(shop, { at: noonOf(daysAgo(2)), total: 1_000 });
    const answer = await askFlow(shop);
    const text = await textOf(answer);
    expect(answer.headers.get('digest')).toBe(`SHA=${createHash('sha1').update(text).digest('hex')}`);
    const { header, rows, summary } = read(text, '资金流水总笔数');
    expect(header).toEqual(HEADERS.flow);
    const told = rows.map((row) => [
      row.业务名称,
      row.收支类型,
      row['收支金额(元)'],
      row['账户结余(元)'],
      row.业务凭证号,
    ]);
    // 9.94 of the day before.
    expect(told).toEqual([
      ['交易', '收入', '1.00', '10.94', 'order-0001'],
      ['扣除交易手续费', '支出', '0.01', '10.93', 'order-0001'],
      ['交易', '收入', '15.00', '25.93', 'order-0002'],
      ['扣除交易手续费', '支出', '0.09', '25.84', 'order-0002'],
      ['退款', '支出', '5.96', '19.88', 'refund-1'],
    ]);
    expect(rows.at(-1)).toMatchObject({ 备注: '缺货', 资金变更提交申请人: 'system', 业务类型: '退款' });
    expect(summary).toEqual({
      资金流水总笔数: '5.0',
      收入笔数: '2.0',
      收入金额: '16.00',
      支出笔数: '3.0',
      支出金额: '6.06',
    });
    const numbers = rows.map((row) => row.资金流水单号);
    expect(new Set(numbers).size).toBe(5);
    expect(await textOf(await askFlow(shop))).toBe(text);
  });

  it('is a file of its own when it is compressed, with the digest of what is in it', async () => {
    const answer = await askFlow(await yesterday(), { tar_type: 'GZIP' });
    const text = gunzipSync(Buffer.from(await answer.arrayBuffer()));
    expect(answer.headers.get('digest')).toBe(`SHA=${createHash('sha1').update(text).digest('hex')}`);
  });

  it.each([
    ['signed with MD5', { sign_type: 'MD5' }, 'SIGN_ERROR'],
    ['signed wrongly', { sign: '0'.repeat(64) }, 'SIGN_ERROR'],
    ['of no day', { bill_date: '20250230' }, 'PARAM_ERROR'],
    ['of tomorrow', { bill_date: daysAgo(-1) }, 'PARAM_ERROR'],
    ['of an account in capitals', { account_type: 'BASIC' }, 'PARAM_ERROR'],
    ['of a day without trades', { bill_date: daysAgo(5) }, 'NO_BILL_EXIST'],
    ['of another account', { account_type: 'Operation' }, 'NO_BILL_EXIST'],
    ['of today', { bill_date: daysAgo(0) }, 'BILL_CREATING'],
  ])('is refused when it is %s', async (_what, fields, err_code) => {
    const answer = await failure(await askFlow(await yesterday(), fields));
    expect(answer).toMatchObject({ result_code: 'FAIL', err_code });
    expect(answer).not.toHaveProperty('sign');
  });
});

describe('comments', () => {
  const askComments = (shop: Shop, fields: Fields = {}): Promise<Response> =>
    shop.download('/billcommentsp/batchquerycomment', {
      begin_time: `${YESTERDAY}000000`,
      end_time: `${YESTERDAY}235959`,
      offset: '0',
      limit: '200',
      ...fields,
    });

  async function commented(count: number): Promise<{ shop: Shop; ids: string[] }> {
    const shop = await openShop();
    const ids: string[] = [];
    for (let number = 0; number < count; number += 1) {
      const { out_trade_no, transaction_id } = await add(shop);
      ids.push(transaction_id);
      const text = `赞,\n${number}`;
      await shop.control.call('POST', `trades/${out_trade_no}/comment`, { stars: 1 + (number % 5), text, at: NOON });
    }
    return { shop, ids };
  }

  it('are told a line each, after the offset of the last', async () => {
    const { shop, ids } = await commented(2);
    const answer = await askComments(shop);
    expect(answer.headers.get('content-type')).toContain('text/plain');
    const [offset, ...lines] = (await answer.text()).split('\n');
    expect(offset).toMatch(/^\d+$/);
    const time = NOON.replace('T', ' ').slice(0, 19);
    expect(lines).toEqual([`\`${time},\` ${ids[0]},\`1,\`赞, 0`, `\`${time},\` ${ids[1]},\`2,\`赞, 1`]);
  });

  it('come in pages whose offsets leave gaps, until nothing is left', async () => {
    const { shop, ids } = await commented(25);
    const seen: string[] = [];
    const offsets: number[] = [];
    let offset = '0';
    for (;;) {
      const [next = '', ...lines] = (await (await askComments(shop, { offset, limit: '1' })).text()).split('\n');
      seen.push(...lines.map((line) => /` (\d+)/.exec(line)?.[1] ?? 'none'));
      if (next === offset) break;
      offset = next;
      offsets.push(Number(next));
    }
    expect(seen).toEqual(ids);
    // Were they without gaps, the last of 25 would be 25.
    expect(offsets.at(-1)).toBeGreaterThan(25);
  });

  it('are those of the time', async () => {
    const { shop } = await commented(1);
    const other = daysAgo(3);
    const text = await (await askComments(shop, { begin_time: `${other}000000`, end_time: `${other}235959` })).text();
    expect(text).toBe('0');
  });

  it.each([
    ['MD5', { sign_type: 'MD5' }, { return_code: 'FAIL', return_msg: 'sign error' }],
    ['a wrong signature', { sign: '0'.repeat(64) }, { return_code: 'FAIL', return_msg: 'sign error' }],
    ['no limit', { limit: '' }, { return_code: 'FAIL', return_msg: 'sign error' }],
    ['too high a limit', { limit: '201' }, { result_code: 'FAIL', err_code: 'PARAM_ERROR' }],
    ['no offset', { offset: '' }, { result_code: 'FAIL', err_code: 'PARAM_ERROR' }],
    ['no time', { begin_time: '2025' }, { result_code: 'FAIL', err_code: 'PARAM_ERROR' }],
    ['a time that runs backwards', { end_time: `${daysAgo(2)}000000` }, { err_code: 'PARAM_ERROR' }],
    ['a time long ago', { begin_time: `${daysAgo(100)}000000` }, { err_code: 'PARAM_ERROR' }],
  ])('are refused for %s', async (_what, fields, answer) => {
    const { shop } = await commented(1);
    expect(await failure(await askComments(shop, fields))).toMatchObject(answer);
  });
});

describe('faults of downloads', () => {
  const CALLS = [
    ['downloadbill', '/pay/downloadbill', { bill_date: YESTERDAY, bill_type: 'ALL' }],
    ['downloadfundflow', '/pay/downloadfundflow', { bill_date: YESTERDAY, account_type: 'Basic' }],
    [
      'batchquerycomment',
      '/billcommentsp/batchquerycomment',
      { begin_time: `${YESTERDAY}000000`, end_time: `${YESTERDAY}235959`, offset: '0', limit: '9' },
    ],
  ] as const;

  describe.each(CALLS)('%s', (call, path, fields) => {
    const wrecked = async (fault: object): Promise<{ whole: Buffer; ask: () => Promise<Response> }> => {
      const shop = await yesterday();
      await shop.control.call('POST', 'trades/order-0001/comment', { stars: 5, text: 'good', at: NOON });
      const whole = Buffer.from(await (await shop.download(path, fields)).arrayBuffer());
      await shop.control.fault({ call, ...fault });
      return { whole, ask: () => shop.download(path, fields) };
    };

    it.each(['before', 'after'])('fails as it is told to, %s', async (when) => {
      const { ask } = await wrecked({ when, err_code: 'SYSTEMERROR' });
      expect(Object.values(await failure(await ask()))).toContain('SYSTEMERROR');
    });

    it('is cut off', async () => {
      const { whole, ask } = await wrecked({ kind: 'truncate', when: 'after' });
      const cut = Buffer.from(await (await ask()).arrayBuffer());
      expect(cut.equals(whole.subarray(0, -4))).toBe(true);
    });

    it('takes its time', async () => {
      const { whole, ask } = await wrecked({ kind: 'slow', value: 20 });
      const answer = await ask();
      expect(answer.headers.get('content-type')).toContain('text/plain');
      expect(Buffer.from(await answer.arrayBuffer()).equals(whole)).toBe(true);
    });

    it('is no answer at all', async () => {
      expect((await (await wrecked({ kind: 'status', value: 503 })).ask()).status).toBe(503);
      expect((await (await wrecked({ kind: 'html', when: 'after' })).ask()).status).toBe(502);
      await expect((await wrecked({ kind: 'hangup' })).ask()).rejects.toThrow();
    });

    it('cannot be forged, for it is not signed', async () => {
      const shop = await openShop();
      expect(await shop.refused('POST', 'faults', { call, kind: 'bad-signature' })).toMatchObject({ status: 400 });
    });
  });
});
