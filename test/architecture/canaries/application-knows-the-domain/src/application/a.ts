import type { B } from '../adapters/koa/b.ts';
export type A = B;
