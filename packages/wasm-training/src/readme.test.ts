import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

interface Results {
  readonly machine: { readonly cpu: string; readonly node: string };
  readonly rows: readonly Readonly<Record<string, string | number>>[];
}

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

it.each(['conv', 'wasm-kernels'])('shows the figures of bench/results/%s.json', (name) => {
  const { rows, machine } = JSON.parse(read(`../../../bench/results/${name}.json`)) as Results;
  // The formatter pads the columns of a table.
  const readme = read('../README.md').replaceAll(/ +/g, ' ');
  for (const row of rows) expect(readme).toContain(`| ${Object.values(row).join(' | ')} |`);
  expect(readme).toContain(`${machine.cpu}, Node ${machine.node}`);
});
