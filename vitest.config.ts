import { defineConfig } from 'vitest/config';
import { ClosingReporter } from './test/support/closing-reporter.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/architecture/canaries/**'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    reporters: [process.env.CI ? 'dot' : 'default', new ClosingReporter()],
    env: { NODE_ENV: 'test' },
  },
});
