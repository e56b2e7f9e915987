/** WeChat's codes, and the statuses that they come with. Nobody is to rely on how they are spelt. */
const STATUSES = {
  PARAM_ERROR: 400,
  INVALID_REQUEST: 400,
  APPID_MCHID_NOT_MATCH: 400,
  MCH_NOT_EXISTS: 400,
  ORDERPAID: 400,
  ORDER_CLOSED: 400,
  NO_STATEMENT_EXIST: 400,
  STATEMENT_CREATING: 400,
  SIGN_ERROR: 401,
  NO_AUTH: 403,
  NOT_ENOUGH: 403,
  OUT_TRADE_NO_USED: 403,
  REQUEST_BLOCKED: 403,
  RULE_LIMIT: 403,
  TRADE_ERROR: 403,
  ACCOUNT_ERROR: 403,
  USER_ACCOUNT_ABNORMAL: 403,
  ORDER_NOT_EXIST: 404,
  RESOURCE_NOT_EXISTS: 404,
  NOT_FOUND: 404,
  FREQUENCY_LIMITED: 429,
  RATELIMIT_EXCEEDED: 429,
  SYSTEM_ERROR: 500,
  BANK_ERROR: 500,
  OPENID_MISMATCH: 500,
  INVALID_TRANSACTIONID: 500,
} as const;

/** Other words are for ordered faults. */
export type V3Code = keyof typeof STATUSES | (string & {});

const folded = (code: string): string => code.replaceAll('_', '');

const BY_FOLDED = new Map(Object.entries(STATUSES).map(([name, status]) => [folded(name), { name, status }]));

/** In the spelling of version 3, whichever it was given in. What nobody knows is a bad request. */
export const codeNamed = (code: V3Code): { readonly name: string; readonly status: number } =>
  BY_FOLDED.get(folded(code)) ?? { name: code, status: 400 };
