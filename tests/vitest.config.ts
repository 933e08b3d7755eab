import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { name: 'repository', include: ['*.test.ts'], pool: 'forks', testTimeout: 300_000, hookTimeout: 300_000 },
});
