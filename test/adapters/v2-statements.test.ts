import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openBill } from '../../src/adapters/wechat/bills/open-bill.ts';
import { TradeTable } from '../../src/adapters/wechat/bills/trade-table.ts';
import { V2Statements, type V2StatementSettings } from '../../src/adapters/wechat/pay-v2/v2-statements.ts';
import { writeFlatXml } from '../../src/adapters/wechat/protocol/flat-xml.ts';
import { isSignedV2 } from '../../src/adapters/wechat/protocol/v2-signature.ts';
import { NoStatements } from '../../src/adapters/wechat/statements-off.ts';
import { PaymentsOff } from '../../src/domain/order/order-refusals.ts';
import type { Outage } from '../../src/domain/outage.ts';
import { Secret } from '../../src/domain/secret.ts';
import type { TradeRow } from '../../src/domain/statement/bill.ts';
import type { Day } from '../../src/domain/statement/day.ts';
import { CertificateMissing } from '../../src/domain/statement/statement-refusals.ts';
import { billVector, FUNDS, OFFICIAL } from '../support/bill-texts.ts';
import { billIn, bytesOf, readAll } from '../support/read-bill.ts';
import { APPID } from '../support/samples.ts';
import { type Answering, hangUp, scriptedPay, silence, status } from '../support/scripted-pay.ts';
import { MERCHANT, V2_KEY } from '../support/simulated-wechat-pay.ts';
import certificates from '../vectors/certificates.json' with { type: 'json' };

const DAY = '2026-11-21' as Day;
const NOBODY = 'http://127.0.0.1:1';
function statementsFrom(url: string, differences: Partial<V2StatementSettings> = {}): V2Statements {
  const { javaMerchantCert: cert, javaMerchantPrivateKey: key } = certificates.shared;
  return new V2Statements({
    appid: APPID,
    mchid: MERCHANT,
    key: new Secret(V2_KEY),
    signType: 'MD5',
    baseUrl: url,
    backupBaseUrl: url,
    certificate: { cert, key: new Secret(key) },
    ...differences,
  });
}

async function asking(answer: Answering, differences: Partial<V2StatementSettings> = {}) {
  const { url, asked } = await scriptedPay(answer);
  return { asked, statements: statementsFrom(url, differences) };
}

const sending =
  (body: Uint8Array | string, headers: Record<string, string> = {}): Answering =>
  (_request, response) =>
    response.writeHead(200, headers).end(body);

async function tradesFrom(answer: Answering, differences = {}) {
  const { statements } = await asking(answer, differences);
  return readAll(billIn(await statements.tradeBill(DAY, 'ALL')));
}

const failure = (fields: Record<string, string>) => writeFlatXml(Object.entries({ return_code: 'FAIL', ...fields }));

beforeEach(() => {
  // Pauses before repeats are as long as chance will have them: here they are none.
  vi.spyOn(Math, 'random').mockReturnValue(0);
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a trade bill', () => {
  it.each([
    ['packed', gzipSync(OFFICIAL)],
    ['as plain text', OFFICIAL],
    ['in two packages', Buffer.concat([gzipSync(OFFICIAL.slice(0, 999)), gzipSync(OFFICIAL.slice(999))])],
  ])('is read %s', async (_how, body) => {
    const { rows, totals } = await tradesFrom(sending(body));
    expect(rows).toHaveLength(45);
    expect(totals).toEqual({
      count: 45,
      sums: {
        应结订单总金额: '0.47',
        退款总金额: '0.14',
        充值券退款总金额: '0.00',
        手续费总金额: '0.08',
        订单总金额: '0.47',
        申请退款总金额: '0.14',
      },
    });
  });

  it('becomes payments and refunds', async () => {
    const { rows } = await tradesFrom(sending(gzipSync(OFFICIAL)));
    expect(rows[0]).toEqual({
      at: new Date('2019-02-19T05:01:46+08:00'),
      appid: 'wxab8acd895ab1638a',
      mchid: '1921000401',
      transactionId: '4200000263201902167700134212',
      outTradeNo: 'autotest_20190216081946_82335',
      openid: 'oHkLxtx0vUqe-18p_AXTZ1innxkCY',
      tradeType: 'JSAPI',
      tradeState: 'REFUND',
      currency: 'CNY',
      total: null,
      settlementTotal: 0,
      refundId: '50000709672019011908420787722',
      outRefundNo: 'REF4200000263201902167700963919',
      refundAmount: 1,
      refundState: 'SUCCESS',
      description: '系统拨测-cheeryin-test_micropay_succ',
      attach: '',
      fee: 0n,
    });
    const none = { refundId: null, outRefundNo: null, refundAmount: null, refundState: null };
    expect(rows.at(-1)).toMatchObject({ tradeState: 'SUCCESS', total: 3, settlementTotal: 3, fee: 1_000n, ...none });
  });

  it('is handed on to the byte', async () => {
    const { statements } = await asking(sending(gzipSync(OFFICIAL)));
    expect(await bytesOf(billIn(await statements.tradeBill(DAY, 'ALL')))).toBe(OFFICIAL);
  });

  it('of the layout before 2018 is understood', async () => {
    const heading =
      '交易时间,公众账号ID,商户号,子商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,总金额,代金券或立减优惠金额,微信退款单号,商户退款单号,退款金额,代金券或立减优惠退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率';
    const cells = '2017-05-01 10:00:00,wx1,19,0,,42,T1,o1,JSAPI,SUCCESS,CFT,CNY,1.00,0.10,0,0,0,0,,,茶,,0.00600,0.60%';
    const sums =
      '总交易单数,总交易额,总退款金额,总代金券或立减优惠退款金额,手续费总金额\n`1,`1.00,`0.00,`0.00,`0.00600';
    const text = [heading, `\`${cells.split(',').join(',`')}`, sums].join('\r\n');
    const { rows, totals } = await tradesFrom(sending(text));
    expect(rows).toMatchObject([{ total: null, settlementTotal: 100, fee: 600n, outTradeNo: 'T1' }]);
    expect(totals.sums).toMatchObject({ 总交易额: '1.00', 手续费总金额: '0.006' });
  });

  it('of a layout without some columns has sums of nothing for them', async () => {
    const text = billVector('wxjava-success').replace('`31,`3.05', '`1,`0.01').replace('`0.02000,`3.05', '`0.00,`0.01');
    const { totals } = await tradesFrom(sending(text));
    expect(totals.sums).toMatchObject({ 退款总金额: '0.00', 订单总金额: '0.01' });
  });

  it('is asked for with the merchant’s own algorithm, packed', async () => {
    const { asked, statements } = await asking(sending(OFFICIAL));
    await readAll(billIn(await statements.tradeBill(DAY, 'REFUND')));
    const { path, ...fields } = Object.fromEntries(asked[0]!);
    expect(path).toBe('/pay/downloadbill');
    expect(fields).toMatchObject({ bill_date: '20261121', bill_type: 'REFUND', tar_type: 'GZIP', sign_type: 'MD5' });
    expect(isSignedV2(new Map(Object.entries(fields)), V2_KEY, 'MD5')).toBe(true);
  });

  it.each([
    ['its sums are missing', OFFICIAL.slice(0, OFFICIAL.indexOf('总交易单数'))],
    ['it is cut in a row', OFFICIAL.slice(0, 3_000)],
    ['a row is missing', OFFICIAL.replace(/\r\n`.*?\r\n/, '\r\n')],
    ['a sum is wrong', billVector('derived-all-mismatching-total')],
    ['its sums are others', OFFICIAL.replace(/总金额/g, '总数')],
    ['a count is no whole number', OFFICIAL.replace('`45.0', '`45.5')],
    ['an amount is none', OFFICIAL.replace('`0.03', '`0.O3')],
    ['a part of a fen is owed', OFFICIAL.replaceAll('`0.03,', '`0.035,')],
    ['a time is none', OFFICIAL.replace('2019-02-19 01:52:32', '2019-02-30 01:52:32')],
    ['a column is missing', OFFICIAL.replace('商户订单号', '订单号')],
    ['it is JSON', '{"code":"NO_STATEMENT_EXIST","message":"请求的账单文件不存在"}'],
    ['it is not UTF-8', Buffer.concat([Buffer.from(OFFICIAL), Buffer.of(0xff)])],
  ])('is no bill where %s', async (_what, body) => {
    await expect(tradesFrom(sending(body))).rejects.toMatchObject({ code: 'wechat-unreadable' });
    const { statements } = await asking(sending(body));
    const bytes = bytesOf(billIn(await statements.tradeBill(DAY, 'ALL')));
    await expect(bytes).rejects.toMatchObject({ code: 'wechat-unreadable' });
  });

  it.each([
    ['cut', gzipSync(OFFICIAL).subarray(0, 2_000)],
    ['cut in its checksum', gzipSync(OFFICIAL).subarray(0, -2)],
    ['damaged', gzipSync(OFFICIAL).fill(0x55, 600, 640)],
  ])('is no bill where its package is %s', async (_how, body) => {
    await expect(tradesFrom(sending(body))).rejects.toMatchObject({ code: 'wechat-unreadable' });
  });

  it('is compared with its digest, over the file or over the package', async () => {
    const packed = gzipSync(OFFICIAL);
    const sha1 = (body: string | Uint8Array) => createHash('sha1').update(body);
    for (const digest of [sha1(OFFICIAL).digest('hex'), sha1(packed).digest('hex'), sha1(packed).digest('base64')])
      expect((await tradesFrom(sending(packed, { digest: `SHA=${digest}` }))).rows).toHaveLength(45);
    const wrong = tradesFrom(sending(packed, { digest: `SHA=${sha1('another').digest('hex')}` }));
    await expect(wrong).rejects.toMatchObject({ code: 'wechat-unreadable' });
  });
});

describe('what WeChat says instead', () => {
  const said = async (fields: Record<string, string>) => {
    const { asked, statements } = await asking(failure(fields));
    return { answer: await statements.tradeBill(DAY, 'ALL'), times: asked.length };
  };

  it.each([
    ['empty', { return_msg: 'No Bill Exist', error_code: '20002' }],
    ['empty', { return_msg: 'NO Bill Exist' }],
    ['empty', { return_code: 'SUCCESS', result_code: 'FAIL', err_code: 'NO_BILL_EXIST' }],
    ['not-ready', { return_msg: 'Bill Creating' }],
    ['not-ready', { error_code: '20003', return_msg: '…' }],
    ['not-ready', { return_code: 'SUCCESS', result_code: 'FAIL', err_code: 'BILL_CREATING' }],
  ])('is %s for %j', async (kind, fields) => {
    expect(await said(fields)).toEqual({ answer: { kind }, times: 1 });
  });

  it.each([
    ['wechat-busy', 3, { return_msg: 'SYSTEMERROR' }],
    ['wechat-busy', 3, { error_code: '20100', return_msg: 'system error' }],
    ['wechat-busy', 3, { return_msg: 'UnCompressGZip Error' }],
    ['wechat-busy', 1, { return_code: 'SUCCESS', result_code: 'FAIL', err_code: 'FREQUENCY_LIMITED' }],
    ['wechat-misconfigured', 1, { error_code: '20001', return_msg: 'sign error' }],
    ['wechat-misconfigured', 1, { return_msg: 'invalid bill_type' }],
    ['wechat-misconfigured', 1, { return_code: 'SUCCESS', result_code: 'FAIL', err_code: 'NOAUTH' }],
  ])('is %s, asked %i times, for %j', async (code, times, fields) => {
    expect(await said(fields)).toMatchObject({ answer: { kind: 'unknown', outage: { code } }, times });
  });

  it.each([
    ['wechat-unreadable', 3, status(502, '<html>')],
    ['wechat-unreadable', 1, status(404)],
    ['wechat-busy', 1, status(429)],
    ['wechat-busy', 3, status(503)],
    ['wechat-unreadable', 3, sending('')],
    ['wechat-unreadable', 3, sending('<html><body>hello</body></html>')],
    ['wechat-unreachable', 3, hangUp],
    ['wechat-timeout', 3, silence],
  ])('is %s, asked %i times', async (code, times, answer) => {
    const { asked, statements } = await asking(answer, { answerDeadline: 150 });
    expect(await statements.tradeBill(DAY, 'ALL')).toMatchObject({ kind: 'unknown', outage: { code } });
    expect(asked.length).toBeGreaterThanOrEqual(Math.min(times, 2));
    expect(asked.length).toBeLessThanOrEqual(times);
  });

  it('is heard on the spare host where the other cannot be reached', async () => {
    const { url } = await scriptedPay(sending(gzipSync(OFFICIAL)));
    const statements = statementsFrom(NOBODY, { backupBaseUrl: url });
    expect((await readAll(billIn(await statements.tradeBill(DAY, 'ALL')))).rows).toHaveLength(45);
  });

  it('gives nothing away in its outages', async () => {
    for (const answer of [hangUp, status(500, OFFICIAL), failure({ return_msg: V2_KEY, err_code: V2_KEY })]) {
      const { statements } = await asking(answer);
      const { outage } = (await statements.tradeBill(DAY, 'ALL')) as { outage: Outage };
      expect(JSON.stringify([outage.message, outage.cause, String(outage.stack)])).not.toMatch(/http:|<xml|autotest/);
    }
  });
});

describe('a bill on its way', () => {
  const half = (then: (response: ServerResponse) => unknown): Answering => {
    return (_request, response) => {
      response.writeHead(200);
      response.write(OFFICIAL.slice(0, 4_000), () => void then(response));
    };
  };

  it('may take as long as it likes, so long as it comes', async () => {
    const drip: Answering = async (_request, response) => {
      for (let place = 0; place < OFFICIAL.length; place += 4_000) {
        response.write(OFFICIAL.slice(place, place + 4_000));
        await wait(60);
      }
      response.end();
    };
    const { rows } = await tradesFrom(drip, { answerDeadline: 150, idleDeadline: 150 });
    expect(rows).toHaveLength(45);
  });

  it('may not fall silent', async () => {
    const reading = tradesFrom(
      half(() => {}),
      { idleDeadline: 100 },
    );
    await expect(reading).rejects.toMatchObject({ code: 'wechat-timeout' });
  });

  it('may not break off', async () => {
    const reading = tradesFrom(half((response) => response.destroy()));
    await expect(reading).rejects.toMatchObject({ code: 'wechat-unreachable' });
  });

  it('is hung up on by a reader who has had enough', async () => {
    const closed = Promise.withResolvers<void>();
    const { statements } = await asking(half((response) => response.once('close', closed.resolve)));
    for await (const row of billIn(await statements.tradeBill(DAY, 'ALL')).rows()) {
      expect(row.mchid).toBe('1921000401');
      break;
    }
    await closed.promise;
  });

  it('is never held as a whole', async () => {
    const table = (columns: readonly string[]) => new TradeTable(columns);
    let given = 0;
    const [heading = '', row = ''] = OFFICIAL.split('\r\n');
    async function* endless() {
      yield Buffer.from(`${heading}\r\n`);
      for (;;) {
        given += 1;
        yield Buffer.from(`${row}\r\n`);
      }
    }
    const rows: AsyncGenerator<TradeRow, unknown> = openBill(endless(), table).rows();
    for (let n = 0; n < 100; n += 1) await rows.next();
    expect(given).toBe(100);
  });
});

describe('a bill of money', () => {
  it('is read and compared with its sums', async () => {
    const { asked, statements } = await asking(sending(gzipSync(FUNDS)));
    const { rows, totals } = await readAll(billIn(await statements.fundFlow(DAY, 'BASIC')));
    expect(rows).toEqual([
      {
        at: new Date('2018-02-01T04:21:23+08:00'),
        transactionId: '50000305742018020103387128253',
        flowId: '1900009231201802015884652186',
        businessName: '退款',
        businessType: '退款',
        direction: 'out',
        amount: 2,
        balance: 17,
        applicant: 'system',
        note: '缺货',
        voucherNo: 'REF4200000068201801293084726067',
      },
    ]);
    expect(totals).toEqual({ count: 1, sums: { 收入笔数: '0', 收入金额: '0.00', 支出笔数: '1', 支出金额: '0.02' } });
    const { path, ...fields } = Object.fromEntries(asked[0]!);
    expect(path).toBe('/pay/downloadfundflow');
    expect(fields).toMatchObject({ bill_date: '20261121', account_type: 'Basic', sign_type: 'HMAC-SHA256' });
    expect(isSignedV2(new Map(Object.entries(fields)), V2_KEY, 'HMAC-SHA256')).toBe(true);
  });

  it.each([
    ['a sum', FUNDS.replace('`0.02\n`', '`0.03\n`').replace(/0\.02\n$/, '0.03\n')],
    ['a count', FUNDS.replace('`0,`0.00,`1.0', '`1,`0.00,`0')],
    ['a direction', FUNDS.replace('`支出', '`转账')],
  ])('is none where %s is wrong', async (_what, text) => {
    const { statements } = await asking(sending(text));
    const reading = readAll(billIn(await statements.fundFlow(DAY, 'FEES')));
    await expect(reading).rejects.toMatchObject({ code: 'wechat-unreadable' });
  });

  it('is refused without a certificate, and so are comments', async () => {
    const { asked, statements } = await asking(sending(FUNDS), { certificate: null });
    await expect(statements.fundFlow(DAY, 'BASIC')).rejects.toThrow(CertificateMissing);
    await expect(statements.comments(new Date(0), new Date(1))).rejects.toThrow(CertificateMissing);
    expect(asked).toEqual([]);
  });
});

describe('comments', () => {
  const [begin, end] = [new Date('2026-11-01T00:00:00Z'), new Date('2026-11-02T00:00:00Z')];
  const page = (offset: number | string, ...texts: string[]) =>
    [offset, ...texts.map((text, n) => `\`2026-11-01 10:00:0${n},\` 420000${n},\`${(n % 5) + 1},\`${text}`)].join('\n');

  const comments = async (...pages: string[]) => {
    const { url, asked } = await scriptedPay(...pages);
    return { answer: await statementsFrom(url).comments(begin, end), asked };
  };

  it('are read page by page, each from where the one before ended', async () => {
    const { answer, asked } = await comments(page(130, '好', '贵'), page('18446744073709551615', ',`=1'), page(0));
    expect(answer).toMatchObject({
      kind: 'comments',
      comments: [
        { at: new Date('2026-11-01T10:00:00+08:00'), transactionId: '4200000', stars: 1, text: '好' },
        { stars: 2, text: '贵' },
        { text: ',`=1' },
      ],
    });
    expect(asked.map((fields) => fields.get('offset'))).toEqual(['0', '130', '18446744073709551615']);
    const range = { begin_time: '20261101080000', end_time: '20261102080000', limit: '200' };
    expect(Object.fromEntries(asked[2]!)).toMatchObject({ ...range, sign_type: 'HMAC-SHA256' });
  });

  it('end where the offset does not grow', async () => {
    const { answer, asked } = await comments(page(7, '好'), page(7, '好'));
    expect(answer).toMatchObject({ comments: [{}, {}] });
    expect(asked).toHaveLength(2);
  });

  it.each([
    ['nobody said anything', [page(0)], { kind: 'comments', comments: [] }],
    ['six stars', [page(1, '好').replace('`1,', '`6,')], { outage: { code: 'wechat-unreadable' } }],
    ['no time', [page(1, '好').replace('2026-11-01', '2026-02-30')], { outage: { code: 'wechat-unreadable' } }],
    ['no text of comments', ['hello'], { outage: { code: 'wechat-unreadable' } }],
    ['an error', [failure({ return_msg: 'sign error' })], { outage: { code: 'wechat-misconfigured' } }],
    ['an error on the way', [page(1, '好'), failure({ return_msg: 'x' })], { kind: 'unknown' }],
  ])('with %s', async (_what, pages, answer) => {
    expect((await comments(...pages)).answer).toMatchObject(answer);
  });
});

describe('no payments', () => {
  it('mean no statements', async () => {
    const none = new NoStatements();
    for (const asked of [none.tradeBill(), none.fundFlow(), none.comments()])
      await expect(asked).rejects.toThrow(PaymentsOff);
  });
});
