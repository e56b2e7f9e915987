import { parseArgs, type ParseArgsConfig } from 'node:util';
import { WrongUse } from './house.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

/** What stands behind the words of the command: so many things, and the options there are. */
export function readArguments<const Given extends Options>(words: number, things: readonly string[], options: Given) {
  try {
    const args = process.argv.slice(2 + words);
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true, strict: true });
    if (positionals.length !== things.length) throw new WrongUse(`It takes ${things.join(' ') || 'nothing'}.`);
    return { values, positionals: positionals as [string, ...string[]] };
  } catch (error) {
    throw error instanceof WrongUse ? error : new WrongUse((error as Error).message);
  }
}
