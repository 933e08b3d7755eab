import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { describeModel, listModels } from './index.js';

// `npx vitest run src/readme.test.ts -u` writes the table.
it('lists every preset in the README with its figures', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const rows = listModels().map((name) => {
    const { parameters, macs, trainSize, testSize, top1 } = describeModel(name);
    const millions = (parameters / 1e6).toFixed(parameters < 1e6 ? 3 : 1);
    const billions = [macs.train, macs.test].map((count) => (count / 1e9).toFixed(count < 1e8 ? 4 : 2)).join(' / ');
    return `| \`${name}\` | ${millions} | ${billions} | ${trainSize} / ${testSize} | ${top1?.toFixed(1) ?? ''} |`;
  });
  const table = `<!-- presets -->\n${rows.join('\n')}\n<!-- /presets -->`;
  await expect(readme.replace(/<!-- presets -->[\s\S]*<!-- \/presets -->/, table)).toMatchFileSnapshot('../README.md');
});
