import { defineTests } from '../../vitest.shared.ts';

// Most of the time goes into child processes, which are slow on a busy machine.
export default defineTests({ test: { maxWorkers: 2, testTimeout: 120_000 } });
