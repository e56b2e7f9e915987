import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HOUR, later } from '../../src/domain/clock.ts';
import { lastBilledDay, startOf } from '../../src/domain/statement/day.ts';
import { runningApp } from '../support/running-app.ts';
import { openSandbox } from '../support/sandbox.ts';
import { temporaryFolder } from '../support/storages.ts';
import { MERCHANT_KEY } from '../support/test-config.ts';
import certificates from '../vectors/certificates.json' with { type: 'json' };

const DAY = lastBilledDay(new Date());
const NOON = later(startOf(DAY), 12 * HOUR);
const COMMENTS = `/comments?begin=${later(NOON, -HOUR).toISOString()}&end=${later(NOON, HOUR).toISOString()}`;

describe('bills, with version 3', () => {
  it('come by version 3, and what that has not comes by version 2', async () => {
    const sandbox = await openSandbox({ WECHAT_PAY_API: 'v3' });
    const trade = { out_trade_no: 'coffee-0001', total: 1_800, api: 'v3', at: NOON };
    await sandbox.wechat.call('POST', 'trades', trade);
    await sandbox.wechat.call('POST', 'trades/coffee-0001/comment', { stars: 5, text: '好', at: NOON });
    const read = async (path: string) => (await sandbox.merchant('GET', path)).body;
    expect(await read(`/bills/trade?date=${DAY}`)).toMatchObject({
      rows: [{ out_trade_no: 'coffee-0001', total: 1_800 }],
      totals: { count: 1 },
    });
    expect(await read(`/bills/fund-flow?date=${DAY}`)).toMatchObject({ account: 'BASIC', totals: { count: 2 } });
    expect(await sandbox.wechat.counts()).toMatchObject({
      'downloadbill ok': 1,
      'downloadfundflow ok': 1,
      'billfile ok': 2,
    });
    expect(await read(`/bills/trade?date=${DAY}&type=RECHARGE_REFUND`)).toMatchObject({ rows: [] });
    expect(await read(COMMENTS)).toMatchObject({ comments: [{ stars: 5, comment: '好' }] });
    expect(Object.keys(await sandbox.wechat.counts())).toContain('batchquerycomment ok');
  });

  it('are refused where only version 2 has them and its key is not set', async () => {
    const folder = temporaryFolder();
    const file = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const environment = {
      WECHAT_PAY_API: 'v3',
      WECHAT_PAY_V2_KEY: '',
      WECHAT_PAY_V3_KEY: '8e1a2f3c4b5d69708192a3b4c5d6e7f8',
      WECHAT_PAY_CERT_FILE: file('cert.pem', certificates.shared.javaMerchantCert),
      WECHAT_PAY_KEY_FILE: file('key.pem', certificates.shared.javaMerchantPrivateKey),
    };
    const { client } = await runningApp({ environment });
    const read = (path: string) => client.get(`/v1/merchant${path}`, { token: MERCHANT_KEY });
    expect(await read('/bills/trade?date=2026-11-20&type=RECHARGE_REFUND')).toMatchObject({
      status: 409,
      body: { code: 'bill-type-off' },
    });
    expect(await read(COMMENTS)).toMatchObject({ status: 409, body: { code: 'comments-off' } });
    // This one is asked for, at a WeChat that is not there.
    expect(await read('/bills/trade?date=2026-11-20')).toMatchObject({ status: 503 });
  });
});
