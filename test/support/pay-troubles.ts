import type { OpenId } from '../../src/domain/account/account.ts';
import type { Unknown } from '../../src/domain/order/payment-gateway.ts';
import { createLogger } from '../../src/main/logger.ts';
import { expect } from 'vitest';
import { type Answering, hangUp, silence, status, v2Message } from './scripted-pay.ts';
import { V2_KEY } from './simulated-wechat-pay.ts';

export const ALICE = 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' as OpenId;

const READY = v2Message({ trade_type: 'JSAPI', prepay_id: 'wx201411102639507cbf6ffd8b0779950874' });
const BUSY = 'wechat-busy';
const OPERATOR = 'wechat-misconfigured';

/** The outage of an answer that has to be unknown, and that may not give anything away. */
export async function outageOf(answering: Promise<{ kind: string }>, ...more: string[]): Promise<Unknown['outage']> {
  const answer = await answering;
  if (answer.kind !== 'unknown') throw new Error(`the answer was ${answer.kind}`);
  const { outage } = answer as Unknown;
  const lines: string[] = [];
  createLogger('trace', { write: (line: string) => void lines.push(line) }).error({ err: outage }, 'test');
  const shown = [lines.join(''), String(outage.stack), JSON.stringify(outage), JSON.stringify(outage.cause)].join('\n');
  for (const secret of [V2_KEY, ALICE, 'http:', 'https:', '<xml>', 'CDATA', 'PRIVATE KEY', ...more])
    expect(shown).not.toContain(secret);
  return outage;
}

const drip: Answering = (request, response) => {
  response.write('<xml>');
  const timer = setInterval(() => response.write(' '), 20);
  request.socket.once('close', () => clearInterval(timer));
};

/** Trouble, what it is called, and how often WeChat is asked by who may repeat. */
export const TROUBLES: [what: string, Answering, code: string, asked: number][] = [
  ['silence', silence, 'wechat-timeout', 1],
  ['an answer that drips', drip, 'wechat-timeout', 1],
  ['a hang-up', hangUp, 'wechat-unreachable', 3],
  ['500', status(500, 'oops'), 'wechat-unreadable', 3],
  ['502 with HTML', status(502, '<html><body>nginx</body></html>'), 'wechat-unreadable', 3],
  ['503', status(503), BUSY, 3],
  ['429', status(429), BUSY, 1],
  ['404', status(404, '<html></html>'), 'wechat-unreadable', 1],
  ['a redirect', status(302, '', { location: '/elsewhere' }), 'wechat-unreadable', 1],
  ['a 204', status(204), 'wechat-unreadable', 1],
  ['nothing', '', 'wechat-unreadable', 3],
  ['HTML', '<html><body>hello</body></html>', 'wechat-unreadable', 3],
  ['half an answer', READY.slice(0, -8), 'wechat-unreadable', 3],
  ['bytes that are no text', (_request, response) => response.end(Buffer.of(0xff, 0xfe)), 'wechat-unreadable', 3],
  ['more than 1 MiB', `<xml><a>${'x'.repeat(1024 * 1024)}</a></xml>`, 'wechat-unreadable', 3],
  ['no signature', READY.replace(/<sign>.*<\/sign>/, ''), 'wechat-unreadable', 3],
  ['a signature with another key', v2Message({ prepay_id: 'wx1' }, { key: '0'.repeat(32) }), 'wechat-unreadable', 3],
  ['a probe', READY.replace(/(<sign><!\[CDATA\[).{8}/, '$1WECHATPA'), 'wechat-unreadable', 3],
  ['our key with MD5', v2Message({ prepay_id: 'wx1' }, { signType: 'MD5' }), 'wechat-unreadable', 3],
  ['our key with MD5, and saying so', v2Message({ sign_type: 'MD5' }, { signType: 'MD5' }), 'wechat-unreadable', 3],
  ['another appid', v2Message({ prepay_id: 'wx1', appid: 'wx0000000000000000' }), 'wechat-unreadable', 3],
  ['another mch_id', v2Message({ prepay_id: 'wx1', mch_id: '1900000109' }), 'wechat-unreadable', 3],
  ['no appid', v2Message({ appid: undefined }), 'wechat-unreadable', 3],
  ['no nonce_str', v2Message({ nonce_str: undefined }), 'wechat-unreadable', 3],
  ['no result_code', v2Message({ result_code: undefined }), 'wechat-unreadable', 3],
  ['no return_code', '<xml><a>1</a></xml>', 'wechat-unreadable', 3],
  ['return_code FAIL', '<xml><return_code>FAIL</return_code><return_msg>签名错误</return_msg></xml>', OPERATOR, 1],
];
