import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { openBill } from '../src/adapters/wechat/bills/open-bill.ts';
import { TradeTable } from '../src/adapters/wechat/bills/trade-table.ts';

/*
 * How fast a bill of a million rows is read, and in how much memory: `node scripts/bench-bill.ts [rows]`.
 * Each way runs in a process of its own, so that none is judged by the memory of another.
 */

const MIB = 1024 * 1024;
const NAMES = ['拿铁,大杯', '腾讯充值中心-QQ会员充值', '苹果 500g', '杨枝甘露🥭'] as const;
const HEADING =
  '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注';
const SUMS = '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额';

const yuan = (fen: number): string => `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, '0')}`;
const feeOf = (fen: number): string =>
  (fen * 6)
    .toString()
    .padStart(6, '0')
    .replace(/(.{5})$/, '.$1');

function rowOf(n: number): string {
  const fen = 1 + ((n * 7_919) % 100_000);
  const number = String(n).padStart(18, '0');
  const clock = new Date(n % 86_400_000).toISOString().slice(11, 19);
  const when = [`2026-11-21 ${clock}`, 'wx4f4bc4dec97d474b', '1900000109', '0', ''];
  const what = [
    `4200000263${number}`,
    `order-${number}`,
    'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
    'JSAPI',
    'SUCCESS',
    'OTHERS',
    'CNY',
  ];
  const money = [yuan(fen), '0.00', '0', '0', '0.00', '0.00', '', '', NAMES[n % NAMES.length]!, ''];
  const cells = [...when, ...what, ...money, feeOf(fen), '0.60%', yuan(fen), '0.00', ''];
  return `\`${cells.join(',`')}\r\n`;
}

function* billOf(rows: number): Generator<string> {
  yield `\uFEFF${HEADING}\r\n`;
  let piece = '';
  let fen = 0;
  for (let n = 0; n < rows; n += 1) {
    fen += 1 + ((n * 7_919) % 100_000);
    piece += rowOf(n);
    if (n % 500 !== 499) continue;
    yield piece;
    piece = '';
  }
  yield `${piece}${SUMS}\r\n\`${rows}.0,\`${yuan(fen)},\`0.00,\`0.00,\`${feeOf(fen)},\`${yuan(fen)},\`0.00\r\n`;
}

const WAYS: Record<string, (path: string) => Promise<number>> = {
  'wexagon, as a stream, every row made and every sum compared': async (path) => {
    const rows = openBill(createReadStream(path), (columns) => new TradeTable(columns)).rows();
    for (;;) {
      const next = await rows.next();
      if (next.done) return next.value.count;
    }
  },
  'naive: the whole text split at its line ends, nothing made and nothing compared': async (path) => {
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\r\n');
    const rows = lines.slice(1, -2).map((line) => line.slice(1).split(',`'));
    return rows.length;
  },
};

async function measure(way: string, path: string): Promise<void> {
  const began = performance.now();
  const rows = await WAYS[way]!(path);
  const seconds = (performance.now() - began) / 1_000;
  const peak = process.resourceUsage().maxRSS / 1_024;
  console.log(`${way}\n  ${Math.round(rows / seconds).toLocaleString('en')} rows/s, ${peak.toFixed(0)} MiB at most`);
}

async function compare(rows: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'wexagon-bench-'));
  try {
    const path = join(folder, 'bill.csv');
    await pipeline(Readable.from(billOf(rows)), createWriteStream(path));
    console.log(`${rows.toLocaleString('en')} rows, ${(statSync(path).size / MIB).toFixed(0)} MiB, ${process.version}`);
    for (const way of Object.keys(WAYS)) await once(fork(import.meta.filename, [way, path]), 'exit');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const [first = '1000000', path] = process.argv.slice(2);
await (path === undefined ? compare(Number(first)) : measure(first, path));
