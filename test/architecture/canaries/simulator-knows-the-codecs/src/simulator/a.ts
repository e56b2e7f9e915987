import type { B } from '../adapters/wechat/pay/b.ts';
export type A = B;
