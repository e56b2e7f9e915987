import { defineConfig } from 'vitest/config';
import { ClosingReporter } from './test/support/closing-reporter.ts';
import { SlowFirst } from './test/support/slow-first.ts';

export default defineConfig({
  // Tests import the package by its name, as others do, and get the sources.
  resolve: { conditions: ['wexagon-source'] },
  ssr: { resolve: { conditions: ['wexagon-source'], externalConditions: ['wexagon-source'] } },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/architecture/canaries/**'],
    globalSetup: ['test/support/global-servers.ts'],
    // Most tests wait for something, so more of them at once than there are processors.
    maxWorkers: 3,
    sequence: { sequencer: SlowFirst },
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: [process.env.CI ? 'dot' : 'default', new ClosingReporter()],
    env: { NODE_ENV: 'test' },
  },
});
