import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { BenchResult } from '../figures/bench-result.js';
import { bundleSize } from '../figures/bundle-size.js';
import { packageNames, packageSize } from './size.js';

const results = JSON.parse(readFileSync(new URL('../results/size.json', import.meta.url), 'utf8')) as BenchResult;
/** Share by which a package may grow unnoticed; and bytes, for the smallest. */
const ALLOWED = 1.05;
const ALLOWED_BYTES = 300;

describe('the recorded sizes', () => {
  it.each(packageNames())('@nfnets/%s is not larger than is recorded', async (name) => {
    const recorded = results.cases.find((each) => each.name === `@nfnets/${name}`)?.ours;
    expect(recorded, `size: @nfnets/${name} is not recorded. Record it: npm run bench -- size`).toBeTypeOf('number');
    const { gzipped } = await packageSize(name);
    expect(
      gzipped,
      `size: the bundle of @nfnets/${name} must not grow by more than 5 %: ${recorded} kilobytes are recorded. If what it gained is worth it, record it: npm run bench -- size`,
    ).toBeLessThan(1000 * recorded! * ALLOWED + ALLOWED_BYTES);
  });
});

it('has the playground painted with less than 300 kilobytes', () => {
  const recorded = results.cases.find(({ name }) => name === 'the playground, until it is painted');
  expect(recorded?.ours).toBeGreaterThan(10);
  expect(recorded?.ours).toBeLessThan(300);
});

describe('bundleSize', () => {
  const folder = new URL('../../packages/agc/', import.meta.url).pathname;

  it('counts a program, minified, and names the packages that it imports', async () => {
    const program =
      "import { add } from '@tensorflow/tfjs-core/dist/x'; import 'node:fs'; export const sum = add(1, 2);";
    const { minified, gzipped, imports } = await bundleSize(program, folder, ['@tensorflow/*']);
    // import{add as r}from"@tensorflow/tfjs-core/dist/x";import"node:fs";var s=r(1,2);export{s as sum};
    expect(minified).toBeGreaterThan(85);
    expect(minified).toBeLessThan(105);
    expect(gzipped).toBeGreaterThan(50);
    expect(imports).toEqual(['@tensorflow/tfjs-core']);
  });

  it('does not count what is loaded on demand', async () => {
    const first = await bundleSize('export const load = () => import("./src/index.js");', folder, ['@tensorflow/*']);
    const all = await bundleSize('export * from "./src/index.js";', folder, ['@tensorflow/*']);
    expect(first.minified).toBeLessThan(all.minified / 20);
    expect(first.imports).toEqual([]);
  });
});
