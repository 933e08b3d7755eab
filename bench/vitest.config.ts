import { defineTests } from '../vitest.shared.ts';

export default defineTests({ test: { name: 'bench', include: ['*/*.test.ts'] } });
