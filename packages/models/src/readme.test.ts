import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { countParameters, NFNET } from './index.js';

it('lists every preset in the README with its number of parameters', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const rows = Object.entries(NFNET).map(([name, spec]) => {
    const parameters = countParameters(spec, spec.inputShape[2] === 1 ? 10 : 1000).toLocaleString('en-US');
    const classes = spec.inputShape[2] === 1 ? ' (10 classes)' : '';
    return `| \`${name}\` | ${parameters}${classes} | ${spec.trainSize} / ${spec.testSize} |`;
  });
  expect(readme).toContain(`<!-- presets -->\n${rows.join('\n')}\n<!-- /presets -->`);
});
