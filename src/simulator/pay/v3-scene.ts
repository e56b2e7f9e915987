import type { Users } from '../users.ts';
import type { BillFiles } from './bills/bill-files.ts';
import type { Pay } from './pay.ts';
import type { Dialect } from './trade.ts';
import { failed, type V3Answer } from './v3-answer.ts';
import type { V3Platform } from './v3-platform.ts';
import type { V3Request } from './v3-request.ts';

export interface V3Scene {
  readonly users: Users;
  readonly pay: Pay;
  readonly mchid: string;
  readonly dialect: Dialect;
  readonly platform: V3Platform;
  readonly files: BillFiles;
}

export type Execute = (request: V3Request, scene: V3Scene) => V3Answer | Promise<V3Answer>;

/** A merchant speaks for itself alone. */
export const wrongMerchant = (said: string, { mchid }: V3Scene): V3Answer | undefined =>
  said === mchid ? undefined : failed('PARAM_ERROR', '请求中的商户号与Http头Authorization中的商户号不一致');
