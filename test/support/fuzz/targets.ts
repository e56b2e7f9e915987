import { configTarget } from './config.ts';
import { decryptsTarget } from './decrypts.ts';
import { jsonTarget } from './json.ts';
import { signaturesTarget } from './signature-headers.ts';
import type { Target } from './target.ts';
import { xmlTarget } from './xml.ts';

/** All there are, by their names, and how to set each of them up. */
export const TARGETS = {
  xml: xmlTarget,
  json: jsonTarget,
  'signature-headers': signaturesTarget,
  decrypts: decryptsTarget,
  config: configTarget,
} as const satisfies Readonly<Record<string, () => Target | Promise<Target>>>;

export type TargetName = keyof typeof TARGETS;

export const TARGET_NAMES = Object.keys(TARGETS) as TargetName[];
