import { defineTests } from '../../../vitest.shared.ts';

const config = defineTests({ test: { testTimeout: 600_000, hookTimeout: 600_000 } });

/** Comparisons that need timm: the package's `parity` script. */
export default { ...config, test: { ...config.test, include: ['parity/*.parity.ts'] } };
