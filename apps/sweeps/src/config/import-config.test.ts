import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../__fixtures__/temporary-folder.js';
import { loadSweepConfig } from './load-sweep-config.js';

const CONFIG = `{
  name: 'a',
  trial: { model: 'nfnet_digits', dataset: { name: 'mnist', train: 512, test: 100 }, epochs: 1, learningRate: { base: 0.1 } },
  axes: { batchSize: [1, 2].map((i) => 64 * i), momentum: undefined },
}`;

it.each([
  ['an object', '.ts', `const config: object = ${CONFIG};\nexport default config;\n`],
  ['a function that returns it', '.mts', `export default () => (${CONFIG});\n`],
  ['one that takes its time', '.mjs', `export default async function () {\n  await null;\n  return ${CONFIG};\n}\n`],
  ['a module of CommonJS', '.js', `module.exports = ${CONFIG};\n`],
])('a config module may be %s', async (_, ending, text) => {
  const file = join(temporaryFolder(), `config${ending}`);
  writeFileSync(file, text);
  expect(await loadSweepConfig(file)).toMatchObject({ name: 'a', axes: { batchSize: [64, 128] } });
});
