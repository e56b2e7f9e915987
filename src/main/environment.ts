import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { SECRETS } from './variables.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Fault {
  readonly variable: string;
  readonly message: string;
}

/** The process' own environment, over what a `.env` beside it says. */
export function readEnvironment(own: Environment = process.env, file = '.env'): Environment {
  const written = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
  return { ...withoutBlanks(written), ...withoutBlanks(own) };
}

/** What is empty counts as absent: compose files leave variables so. */
export function withoutBlanks(environment: Environment): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
}

/** Reads every secret that is given as a file. */
export function withFiles(environment: Environment): { environment: Environment; faults: Fault[] } {
  const given = withoutBlanks(environment);
  const faults: Fault[] = [];
  for (const name of SECRETS) {
    const variable = `${name}_FILE`;
    const path = given[variable];
    if (path === undefined) continue;
    if (given[name] !== undefined)
      faults.push({ variable, message: `is given together with ${name}; give one of them` });
    else given[name] = fileText(path) ?? '';
    if (given[name] === '')
      faults.push({ variable, message: 'names a file that is missing, empty or not ours to read' });
  }
  return { environment: given, faults };
}

function fileText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}
