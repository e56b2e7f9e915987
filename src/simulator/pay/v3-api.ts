import type Router from '@koa/router';
import type { Context } from 'koa';
import type { FaultyCall } from '../faults.ts';
import { requestBytes } from '../request-bytes.ts';
import { underFaults } from '../under-faults.ts';
import type { World } from '../world.ts';
import { BillFiles } from './bills/bill-files.ts';
import type { Pay } from './pay.ts';
import { v3Speech } from './v3-answer.ts';
import { billFile, FILE_PATH, fundFlowBill, tradeBill } from './v3-bills.ts';
import { listCertificates } from './v3-certificates.ts';
import { closeOrder, placeOrder, queryByNumber, queryByTransaction } from './v3-orders.ts';
import { queryRefund, refund, sendAbnormalRefund } from './v3-refunds.ts';
import { readV3Request } from './v3-request.ts';
import type { Execute, V3Scene } from './v3-scene.ts';

type Call = readonly [call: FaultyCall, method: 'get' | 'post', path: string, execute: Execute];

const ORDERS = '/v3/pay/transactions';
const REFUNDS = '/v3/refund/domestic/refunds';

/** Under the names that the calls have in version 2, so that one fault befalls either. */
const CALLS: readonly Call[] = [
  ['unifiedorder', 'post', `${ORDERS}/jsapi`, placeOrder('JSAPI')],
  ['unifiedorder', 'post', `${ORDERS}/native`, placeOrder('NATIVE')],
  ['unifiedorder', 'post', `${ORDERS}/h5`, placeOrder('MWEB')],
  ['unifiedorder', 'post', `${ORDERS}/app`, placeOrder('APP')],
  ['orderquery', 'get', `${ORDERS}/out-trade-no/:number`, queryByNumber],
  ['orderquery', 'get', `${ORDERS}/id/:id`, queryByTransaction],
  ['closeorder', 'post', `${ORDERS}/out-trade-no/:number/close`, closeOrder],
  ['refund', 'post', REFUNDS, refund],
  ['refundquery', 'get', `${REFUNDS}/:number`, queryRefund],
  ['abnormalrefund', 'post', `${REFUNDS}/:id/apply-abnormal-refund`, sendAbnormalRefund],
  ['certificates', 'get', '/v3/certificates', listCertificates],
  ['downloadbill', 'get', '/v3/bill/tradebill', tradeBill],
  ['downloadfundflow', 'get', '/v3/bill/fundflowbill', fundFlowBill],
  ['billfile', 'get', FILE_PATH, billFile],
];

/** api.mch.weixin.qq.com as far as version 3 goes: JSON, and a status that says something. */
export function serveV3(router: Router, world: World, pay: Pay): void {
  if (!pay.v3) return;
  const scene = { users: world.users, pay, mchid: pay.merchant.mchid, files: new BillFiles(), ...pay.v3 };
  for (const [call, method, path, execute] of CALLS)
    router[method](path, (ctx) => answer(ctx, world, scene, call, execute));
}

async function answer(ctx: Context, world: World, scene: V3Scene, call: FaultyCall, execute: Execute): Promise<void> {
  const request = readV3Request(ctx, await requestBytes(ctx), scene.mchid, scene.platform);
  await underFaults(ctx, world, call, v3Speech, () =>
    'refusal' in request ? request.refusal : execute(request, scene),
  );
}
