import type Router from '@koa/router';
import type { Context } from 'koa';
import type { FaultyCall } from '../faults.ts';
import { requestBytes } from '../request-bytes.ts';
import { underFaults } from '../under-faults.ts';
import type { World } from '../world.ts';
import { lacksCertificate, refuseUncertified } from './certificate.ts';
import type { Pay } from './pay.ts';
import { V2Answers, v2Speech, unsigned, type V2Answer } from './v2-answer.ts';
import { downloadBill, downloadFundFlow } from './v2-bills.ts';
import { queryComments } from './v2-comments.ts';
import { type Download, downloadSpeech, failedByName, failedByNumber, refusedDownload } from './v2-download.ts';
import { closeOrder, queryOrder, unifiedOrder, type V2Scene } from './v2-orders.ts';
import { queryRefund, refund } from './v2-refunds.ts';
import { readV2Request, SIGN_ERROR, type V2Request } from './v2-request.ts';
import { faultIn, REPORT } from './v2-rules.ts';

interface Call {
  readonly path: string;
  /** Whether the call asks for the merchant's certificate. */
  readonly isCertified?: boolean;
}

interface TalkingCall extends Call {
  /** Whether the call's answers carry a signature. */
  readonly isSigned: boolean;
  readonly execute: (request: V2Request, scene: V2Scene) => V2Answer;
}

interface DownloadingCall extends Call {
  readonly fail: typeof failedByNumber;
  readonly refuse: (refusal: string) => Download;
  readonly execute: (request: V2Request, scene: V2Scene) => Download | Promise<Download>;
}

const TALKING = {
  unifiedorder: { path: '/pay/unifiedorder', isSigned: true, execute: unifiedOrder },
  orderquery: { path: '/pay/orderquery', isSigned: true, execute: queryOrder },
  closeorder: { path: '/pay/closeorder', isSigned: true, execute: closeOrder },
  refund: { path: '/secapi/pay/refund', isCertified: true, isSigned: true, execute: refund },
  refundquery: { path: '/pay/refundquery', isSigned: true, execute: queryRefund },
  report: { path: '/payitil/report', isSigned: false, execute: report },
} as const satisfies Partial<Record<FaultyCall, TalkingCall>>;

const DOWNLOADING = {
  downloadbill: {
    path: '/pay/downloadbill',
    fail: failedByNumber,
    refuse: (refusal) => failedByNumber('20001', refusal === SIGN_ERROR ? 'sign error' : refusal),
    execute: downloadBill,
  },
  downloadfundflow: {
    path: '/pay/downloadfundflow',
    isCertified: true,
    fail: failedByName,
    refuse: (refusal) => failedByName(refusal === SIGN_ERROR ? 'SIGN_ERROR' : 'PARAM_ERROR', refusal),
    execute: downloadFundFlow,
  },
  batchquerycomment: {
    path: '/billcommentsp/batchquerycomment',
    isCertified: true,
    fail: failedByName,
    refuse: (refusal) => refusedDownload(refusal === SIGN_ERROR ? 'sign error' : refusal),
    execute: queryComments,
  },
} as const satisfies Partial<Record<FaultyCall, DownloadingCall>>;

/** api.mch.weixin.qq.com as far as v2 goes: 200 and XML, whatever happens. */
export function serveV2(router: Router, world: World, pay: Pay): void {
  const answers = new V2Answers(pay.merchant.mchid);
  const scene = { users: world.users, pay, answers };
  for (const call of Object.keys(TALKING) as (keyof typeof TALKING)[])
    serve(router, scene, TALKING[call], (ctx) => talk(ctx, world, scene, call));
  for (const call of Object.keys(DOWNLOADING) as (keyof typeof DOWNLOADING)[])
    serve(router, scene, DOWNLOADING[call], (ctx) => download(ctx, world, scene, call));
}

function serve(
  router: Router,
  { pay }: V2Scene,
  { path, isCertified = false }: Call,
  answer: (ctx: Context) => Promise<void>,
): void {
  router.all(path, (ctx) =>
    isCertified && lacksCertificate(ctx, pay.merchant) ? refuseUncertified(ctx) : answer(ctx),
  );
}

async function talk(ctx: Context, world: World, scene: V2Scene, call: keyof typeof TALKING): Promise<void> {
  const { isSigned, execute } = TALKING[call];
  const request = await requestIn(ctx, world, scene);
  const asked = isSigned && 'signType' in request ? request : undefined;
  await underFaults(ctx, world, call, v2Speech(scene.answers, scene.pay.merchant.v2Key, asked), () =>
    'refusal' in request ? refused(request.refusal) : execute(request, scene),
  );
}

async function download(ctx: Context, world: World, scene: V2Scene, call: keyof typeof DOWNLOADING): Promise<void> {
  const { fail, refuse, execute } = DOWNLOADING[call];
  const request = await requestIn(ctx, world, scene);
  await underFaults(ctx, world, call, downloadSpeech(fail), () =>
    'refusal' in request ? refuse(request.refusal) : execute(request, scene),
  );
}

const requestIn = async (ctx: Context, { app }: World, { pay }: V2Scene) =>
  readV2Request(ctx.method, await requestBytes(ctx), app.appid, pay.merchant);

/** https://pay.weixin.qq.com/wiki/doc/api/jsapi.php?chapter=9_8 */
function report({ fields }: V2Request, { pay }: V2Scene): V2Answer {
  const wrong = faultIn(fields, REPORT);
  if (wrong) return refused(wrong.description);
  pay.reports.add(Object.fromEntries([...fields].filter(([name]) => name !== 'sign')));
  return unsigned({ return_code: 'SUCCESS', return_msg: 'OK' });
}

const refused = (message: string): V2Answer => unsigned({ return_code: 'FAIL', return_msg: message });
