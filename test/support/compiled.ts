import { fileURLToPath } from 'node:url';

/** For the environment of a process that is started: to read and strip the same files is a good part of every start. */
export const COMPILED = {
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../../node_modules/.cache/wexagon-compiled', import.meta.url)),
};
