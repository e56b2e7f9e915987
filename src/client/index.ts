/** `wexagon/client`: the server's routes with their types, for mini programs and for merchants' backends. */
export type { CallOptions, MerchantOptions } from './http.ts';
export {
  createMerchantClient,
  type EventsOptions,
  type FundFlowOptions,
  type KeyedOptions,
  type ListOptions,
  type MerchantClient,
  type TradeBillOptions,
  type WebhooksOptions,
} from './merchant.ts';
export type * from './merchant-types.ts';
export { createMiniProgramClient, type MiniProgramClient, type MiniProgramOptions, type Wx } from './mini-program.ts';
export { WexagonProblem } from './problem.ts';
export type * from './types.ts';
export { verifyWebhook, type VerifyOptions, type Webhook } from './webhook.ts';
