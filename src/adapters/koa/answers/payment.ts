import { z } from 'zod';
import { moment } from './moment.ts';

export const paymentRequest = z
  .strictObject({
    timeStamp: z.string(),
    nonceStr: z.string(),
    package: z.string(),
    signType: z.string().describe('`MD5`, `HMAC-SHA256` or `RSA`.'),
    paySign: z.string(),
  })
  .meta({ id: 'PaymentRequest', description: 'What `wx.requestPayment` takes, under its own names.' });

const code = z.strictObject({
  trade_type: z.literal('NATIVE'),
  code_url: z.string().describe('Show it as a QR code.'),
  expires_at: moment,
});

const page = z.strictObject({
  trade_type: z.literal('H5'),
  h5_url: z.string().describe("Send the payer's browser there."),
  expires_at: moment,
});

const app = z.strictObject({
  trade_type: z.literal('APP'),
  appid: z.string(),
  partnerid: z.string(),
  prepayid: z.string(),
  package: z.string(),
  noncestr: z.string(),
  timestamp: z.string(),
  sign: z.string(),
});

export const pass = z
  .discriminatedUnion('trade_type', [code, page, app])
  .meta({ id: 'PaymentPass', description: 'What an order is paid with outside the mini program.' });

export type PassJson = z.input<typeof pass>;
