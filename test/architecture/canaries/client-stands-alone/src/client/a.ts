import type { B } from '../domain/b.ts';
export type A = B;
