import type { Chance } from '../../domain/webhook/delivery-steps.ts';

/** Good enough to spread things; nobody gains by guessing it. */
export const chance: Chance = () => Math.random();
