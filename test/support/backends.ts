import { describe } from 'vitest';

/** Something a contract is run on. */
export interface Backend {
  readonly name: string;
  /** What really runs behind the name, with its version. */
  readonly server: string;
}

declare module 'vitest' {
  interface TaskMeta {
    backend?: Backend;
    contract?: string;
  }
}

/** Runs the cases once on every backend, and notes for the closing table that it did. */
export function describeOn<Kind extends Backend>(
  contract: string,
  backends: readonly Kind[],
  cases: (backend: Kind) => void,
): void {
  for (const backend of backends) {
    const { name, server } = backend;
    describe(`${contract} on ${name}`, { meta: { contract, backend: { name, server } } }, () => {
      cases(backend);
    });
  }
}
