import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { projects: ['packages/*', 'apps/*', 'tools/charts', 'tools/testing', 'bench', 'tests'], maxWorkers: 2 },
});
