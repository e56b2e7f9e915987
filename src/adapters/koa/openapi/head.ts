import type { Json } from './operation.ts';

const ABOUT = `A backend for WeChat Mini Programs: login, profiles and WeChat Pay.

JSON in UTF-8, at most 64 KiB, not compressed; unknown fields are refused. Paths are case-sensitive, a trailing slash makes no
difference. Amounts are whole fen. Times are RFC 3339. An answer may have more fields one day.

Errors are problems after RFC 9457: decide by \`code\`. Of an unknown path you are told \`route-not-found\` (404), of a method that a
path has not \`method-not-allowed\` (405). Send an \`X-Request-Id\` of your own (1 to 64 of \`0-9A-Za-z._-\`), and it is used.`;

export const HEAD: Json = {
  openapi: '3.1.0',
  info: {
    title: 'Wexagon',
    version: '1',
    summary: 'Login, profiles and WeChat Pay for mini programs',
    description: ABOUT,
    license: { name: 'MIT', identifier: 'MIT' },
  },
  servers: [{ url: '/', description: 'This server' }],
};

export const COMPONENTS: Json = {
  securitySchemes: {
    user: {
      type: 'http',
      scheme: 'bearer',
      description: 'The token of a login. `Authorization: Token <token>` is taken, too.',
    },
    merchant: { type: 'http', scheme: 'bearer', description: 'One of MERCHANT_API_KEYS. Never in a mini program.' },
  },
  parameters: {
    IdempotencyKey: {
      name: 'Idempotency-Key',
      in: 'header',
      required: false,
      description:
        'A name of your own for this wish: sent again with the same key and the same body it is answered the same for 3 days, and done once.',
      schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[!-~]([ -~]{0,253}[!-~])?$' },
      example: 'pickup-1',
    },
  },
  headers: {
    RequestId: { description: 'Is in the log, too.', schema: { type: 'string' } },
    RetryAfter: { description: 'In seconds, where there is one.', schema: { type: 'string', pattern: '^\\d+$' } },
    Replayed: { description: '`true` where the answer was kept.', schema: { type: 'string', const: 'true' } },
  },
};
