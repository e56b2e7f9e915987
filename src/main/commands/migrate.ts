import { readArguments } from './arguments.ts';
import { inHouse } from './house.ts';

/** `wexagon migrate`: brings the storage up to date, as every start does; for those who want it done before. */
await inHouse(
  () => readArguments(1, [], {}),
  async (_nothing, { config }) => console.log(`The storage (${config.storage.kind}) is up to date.`),
);
