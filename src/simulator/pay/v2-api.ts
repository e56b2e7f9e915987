import type Router from '@koa/router';
import type { Context } from 'koa';
import { requestBytes } from '../request-bytes.ts';
import { underFaults } from '../under-faults.ts';
import type { World } from '../world.ts';
import type { Pay } from './pay.ts';
import { V2Answers, v2Speech, unsigned, type V2Answer } from './v2-answer.ts';
import { closeOrder, queryOrder, unifiedOrder, type V2Scene } from './v2-orders.ts';
import { readV2Request, type V2Request } from './v2-request.ts';
import { faultIn, REPORT } from './v2-rules.ts';

interface Call {
  readonly path: string;
  /** Whether the call's answers carry a signature. */
  readonly isSigned: boolean;
  readonly execute: (request: V2Request, scene: V2Scene) => V2Answer;
}

const CALLS: Readonly<Record<'unifiedorder' | 'orderquery' | 'closeorder' | 'report', Call>> = {
  unifiedorder: { path: '/pay/unifiedorder', isSigned: true, execute: unifiedOrder },
  orderquery: { path: '/pay/orderquery', isSigned: true, execute: queryOrder },
  closeorder: { path: '/pay/closeorder', isSigned: true, execute: closeOrder },
  report: { path: '/payitil/report', isSigned: false, execute: report },
};

/** api.mch.weixin.qq.com as far as v2 goes: 200 and XML, whatever happens. */
export function serveV2(router: Router, world: World, pay: Pay): void {
  const answers = new V2Answers({ appid: world.app.appid, mch_id: pay.merchant.mchid });
  const scene = { users: world.users, pay, answers };
  for (const call of Object.keys(CALLS) as (keyof typeof CALLS)[])
    router.all(CALLS[call].path, (ctx) => answer(ctx, world, scene, call));
}

async function answer(ctx: Context, world: World, scene: V2Scene, call: keyof typeof CALLS): Promise<void> {
  const { merchant } = scene.pay;
  const { isSigned, execute } = CALLS[call];
  const request = readV2Request(ctx.method, await requestBytes(ctx), world.app.appid, merchant);
  const signType = isSigned && 'signType' in request ? request.signType : undefined;
  await underFaults(ctx, world, call, v2Speech(scene.answers, merchant.v2Key, signType), () =>
    'refusal' in request ? refused(request.refusal) : execute(request, scene),
  );
}

/** https://pay.weixin.qq.com/wiki/doc/api/jsapi.php?chapter=9_8 */
function report({ fields }: V2Request, { pay }: V2Scene): V2Answer {
  const wrong = faultIn(fields, REPORT);
  if (wrong) return refused(wrong.description);
  pay.reports.add(Object.fromEntries([...fields].filter(([name]) => name !== 'sign')));
  return unsigned({ return_code: 'SUCCESS', return_msg: 'OK' });
}

const refused = (message: string): V2Answer => unsigned({ return_code: 'FAIL', return_msg: message });
