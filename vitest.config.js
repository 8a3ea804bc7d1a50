import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** @param {string} name */
const source = (name) => fileURLToPath(new URL(`packages/${name}/src/index.ts`, import.meta.url));

export default defineConfig({
  resolve: {
    // Tests run from source: what they find broken is what is in front of you.
    alias: {
      '@tickwire/protocol': source('protocol'),
      '@tickwire/simulator': source('simulator'),
      '@tickwire/server': source('server'),
      '@tickwire/client': source('client'),
    },
  },
  test: {
    include: [
      'packages/*/test/**/*.test.ts',
      'examples/test/**/*.test.ts',
      'bench/test/**/*.test.ts',
    ],
    // Most of the time they wait, so two at once are faster than one even on two cores.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    coverage: {
      include: ['packages/*/src/**'],
      thresholds: {
        'packages/protocol/src/**': { 100: true },
        'packages/server/src/feeds/*/parse*.ts': { 100: true },
      },
    },
  },
});
