import type { B } from '../../main/b.ts';
export type A = B;
