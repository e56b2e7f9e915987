import { z } from 'zod';

export const couponBody = z.strictObject({ fee: z.int().min(1), type: z.enum(['CASH', 'NO_CASH']).default('CASH') });

/** What the mini program would hand to wx.requestPayment. */
const request = z.strictObject({
  timeStamp: z.string(),
  nonceStr: z.string(),
  package: z.string(),
  signType: z.string(),
  paySign: z.string(),
});

/** What an app would hand to WeChat's SDK. */
const app = z.strictObject({
  appid: z.string(),
  partnerid: z.string(),
  prepayid: z.string(),
  package: z.string(),
  noncestr: z.string(),
  timestamp: z.string(),
  sign: z.string(),
});

const wholeBody = z.strictObject({
  out_trade_no: z.string().optional(),
  prepay_id: z.string().optional(),
  /** `prepay_id=…` */
  package: z.string().optional(),
  request: request.optional(),
  app: app.optional(),
  /** What is scanned, and what a browser opens. */
  code_url: z.string().optional(),
  h5_url: z.string().optional(),
  /** The name of the user who pays. */
  user: z.string().optional(),
  outcome: z.enum(['success', 'failure', 'cancel']).default('success'),
  coupons: z.array(couponBody).max(100).default([]),
  /** Whether the server is told of a success. */
  notify: z.boolean().default(true),
  /** Whether the server is told of a failure. */
  notice: z.boolean().default(false),
});

export type PayBody = z.output<typeof wholeBody>;

/** What /pay of the server answers may be sent on just as it is. */
export const payBody = z.preprocess((body) => {
  if (typeof body !== 'object' || body === null) return body;
  const { trade_type: _, expires_at: __, ...rest } = body as Record<string, unknown>;
  if ('paySign' in rest) return { request: rest };
  return 'partnerid' in rest ? { app: rest } : rest;
}, wholeBody);
