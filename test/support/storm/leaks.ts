import { existsSync, readFileSync } from 'node:fs';

/** What may be read nowhere, by what it is. */
export type Secrets = Readonly<Record<string, readonly string[]>>;

/** Which secrets are in which of the files. */
export function leaksIn(files: readonly string[], secrets: Secrets): string[] {
  return files
    .filter((file) => existsSync(file))
    .flatMap((file) => {
      const bytes = readFileSync(file);
      const told = Object.entries(secrets).filter(([, values]) => values.some((value) => bytes.includes(value)));
      return told.map(([what]) => `${what} in ${file}`);
    });
}
