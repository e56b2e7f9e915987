import { Readable } from 'node:stream';
import { readCompactTime } from '../../adapters/wechat/protocol/compact-time.ts';
import { KEPT } from './bills/day.ts';
import { clockTime } from './clock-time.ts';
import type { Comment } from './comments.ts';
import { type Download, failedByName, refusedDownload } from './v2-download.ts';
import type { V2Scene } from './v2-orders.ts';
import type { V2Request } from './v2-request.ts';
import { faultIn, QUERY_COMMENTS } from './v2-rules.ts';

/** https://pay.weixin.qq.com/wiki/doc/api/wxa/wxa_api.php?chapter=9_17 */
export function queryComments({ fields, signType }: V2Request, { pay }: V2Scene): Download {
  // So the original says of a missing limit, too.
  if (signType !== 'HMAC-SHA256' || !fields.has('limit')) return refusedDownload('sign error');
  const wrong = faultIn(fields, QUERY_COMMENTS);
  if (wrong) return failedByName('PARAM_ERROR', wrong.description);
  const [from, to] = ['begin_time', 'end_time'].map((name) => readCompactTime(fields.get(name) ?? '')) as [Date, Date];
  if (from >= to || from.getTime() < Date.now() - KEPT) return failedByName('PARAM_ERROR', 'begin_time参数错误');
  const offset = Number(fields.get('offset'));
  const comments = pay.comments.read({ from, to }, offset, Number(fields.get('limit')));
  const text = [String(comments.at(-1)?.offset ?? offset), ...comments.map(lineOf)].join('\n');
  return { type: 'text/plain; charset=utf-8', open: () => Readable.from([text]) };
}

/** The blank before the transaction_id is the original's. */
const lineOf = ({ at, transactionId, stars, text }: Comment): string =>
  `\`${clockTime(at)},\` ${transactionId},\`${stars},\`${text.replaceAll(/[\r\n]+/g, ' ')}`;
