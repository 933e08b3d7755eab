import { defineConfig, mergeConfig, type ViteUserConfig } from 'vitest/config';

/** Settings of every package's tests: on source, without a build, each file in a process of its own. */
const shared = defineConfig({
  resolve: { conditions: ['@nfnets/source', 'import', 'node', 'default'] },
  ssr: { resolve: { conditions: ['@nfnets/source', 'import', 'node', 'default'] } },
  test: {
    pool: 'forks',
    include: ['src/**/*.test.ts'],
    setupFiles: [new URL('./tools/testing/src/setup.ts', import.meta.url).pathname],
    // For hangs, not for slowness: CI shares two cores among a browser, native TensorFlow and these.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});

/** The shared settings with `overrides` on top. */
export function defineTests(overrides: ViteUserConfig = {}): ViteUserConfig {
  return mergeConfig(shared, overrides);
}
