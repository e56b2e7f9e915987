import type { B } from '../memory/b.ts';
export type A = B;
