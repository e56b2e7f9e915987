import { z } from 'zod';
import { answers, type Content, type Operation, type Told } from '../operation.ts';

const xml = (example: string): Record<string, Content> => ({
  'text/xml': { schema: { type: 'string', description: "WeChat's flat XML." }, example },
});

const fields = (...pairs: [string, string][]): string =>
  `<xml>${pairs.map(([name, value]) => `<${name}><![CDATA[${value}]]></${name}>`).join('')}</xml>`;

const V2_YES: Told = {
  status: 200,
  description: 'It was dealt with.',
  content: xml(fields(['return_code', 'SUCCESS'], ['return_msg', 'OK'])),
};

const REFUSALS = [
  [400, 'this is no notice'],
  [401, 'the signature does not fit'],
  [422, 'not what was agreed on'],
  [503, 'not now'],
] as const;

/** What WeChat reads where it has to tell again. */
const refusals = (contentOf: (message: string) => Record<string, Content>): Told[] =>
  REFUSALS.map(([status, message]) => ({
    status,
    description: `WeChat will tell again: ${message}.`,
    content: contentOf(message),
  }));

const v2No = (message: string) => xml(fields(['return_code', 'FAIL'], ['return_msg', message]));

const PAYMENT = fields(
  ['appid', 'wx4f4bc4dec97d474b'],
  ['mch_id', '1900000109'],
  ['out_trade_no', 'pickup-1'],
  ['result_code', 'SUCCESS'],
  ['return_code', 'SUCCESS'],
  ['total_fee', '1800'],
  ['transaction_id', '4200901592372026112200000001'],
  ['sign', '8660E69C2CE80B4C1CBF69A4E0A4D9B2D6AF93F1CDBC43B33A35AF0F0E1B77C0'],
);

const v2Payment = (id: string, summary: string): Operation => ({
  id,
  tag: 'notices',
  summary,
  raw: xml(PAYMENT),
  answers: [V2_YES, ...refusals(v2No)],
  refuses: ['payments-off', 'malformed-request', 'payload-too-large', 'unsupported-media-type'],
});

const FAIL = z.strictObject({ code: z.literal('FAIL'), message: z.string() }).meta({ id: 'NoticeRefused' });

const status = (word: string) => z.strictObject({ status: z.literal(word) });

const text = (type: string, example: string, description: string): Told => ({
  status: 200,
  description,
  content: { [type]: { schema: { type: 'string' }, example } },
});

const SEALED: Content = {
  schema: {
    type: 'object',
    description: 'Sealed with the key of version 3, and signed in the `Wechatpay-…` headers.',
    properties: { id: { type: 'string' }, event_type: { type: 'string' }, resource: { type: 'object' } },
  },
  example: {
    id: 'EV-2026112219371500001',
    event_type: 'TRANSACTION.SUCCESS',
    resource_type: 'encrypt-resource',
    resource: {
      algorithm: 'AEAD_AES_256_GCM',
      associated_data: 'transaction',
      nonce: '61f9c719728a',
      ciphertext: 'sRvt+Lr/Zp6q',
    },
  },
};

export const NOTICES: Readonly<Record<string, Operation>> = {
  'POST /notify/wechat-pay/v2/payment': v2Payment('noticeOfPaymentV2', "WeChat's notice of a payment (支付结果通知)"),
  'POST /miniprogram_auth/wechatPayCallback': v2Payment('olderNoticeOfPaymentV2', 'The same, under an older path'),
  'POST /notify/wechat-pay/v2/refund': {
    ...v2Payment('noticeOfRefundV2', "WeChat's notice of a refund (退款结果通知)"),
    raw: xml(fields(['return_code', 'SUCCESS'], ['appid', 'wx4f4bc4dec97d474b'], ['req_info', 'sRvt+Lr/Zp6q'])),
  },
  'POST /notify/wechat-pay/v3': {
    id: 'noticeV3',
    tag: 'notices',
    summary: "WeChat's notices of both, by version 3",
    raw: { 'application/json': SEALED },
    answers: [
      { status: 204, description: 'It was dealt with.' },
      ...refusals((message) => ({ 'application/json': { schema: FAIL, example: { code: 'FAIL', message } } })),
    ],
    refuses: ['payments-off', 'malformed-request', 'payload-too-large', 'unsupported-media-type'],
  },
};

export const HOUSE: Readonly<Record<string, Operation>> = {
  'GET /healthz': {
    id: 'health',
    tag: 'operations',
    summary: 'The process lives',
    answers: [answers(status('ok'), { status: 'ok' }, 'It does.')],
  },
  'GET /readyz': {
    id: 'readiness',
    tag: 'operations',
    summary: 'The storage can be written',
    answers: [answers(status('ready'), { status: 'ready' }, 'It can.')],
    refuses: ['storage-unavailable'],
  },
  'GET /metrics': {
    id: 'metrics',
    tag: 'operations',
    summary: 'Counts for Prometheus',
    answers: [text('text/plain', 'wexagon_logins_total{outcome="success"} 1\n', 'The Prometheus text format.')],
  },
  'GET /openapi.json': {
    id: 'document',
    tag: 'operations',
    summary: 'This document',
    answers: [answers(z.looseObject({ openapi: z.string() }), { openapi: '3.1.0' }, 'OpenAPI 3.1.')],
  },
  'GET /docs': {
    id: 'docs',
    tag: 'operations',
    summary: 'This document, to read and to search in a browser',
    answers: [text('text/html', '<!doctype html>', 'A page that needs nothing but this server.')],
  },
  'GET /docs/page.js': {
    id: 'docsScript',
    tag: 'operations',
    summary: 'What draws that page',
    answers: [text('text/javascript', "'use strict';", 'A script.')],
  },
  'GET /docs/page.css': {
    id: 'docsStyle',
    tag: 'operations',
    summary: 'How that page looks',
    answers: [text('text/css', 'body {}', 'A style sheet.')],
  },
};
