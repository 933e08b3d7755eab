import { defineTests } from '../../vitest.shared.ts';

const isShort = process.env['NFNETS_SHORT_PROPERTIES'] !== undefined;

export default defineTests({ test: { setupFiles: isShort ? ['./src/__fixtures__/short-properties.ts'] : [] } });
