import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { benchCase } from '../figures/bench-case.js';
import type { Bench, BenchCase } from '../figures/bench-result.js';
import { type BundleSize, bundleSize } from '../figures/bundle-size.js';
import { firstPaintSize } from '../figures/first-paint-size.js';
import { resultOf } from '../figures/result-of.js';
import { SIZE_PROGRAMS } from '../inputs/size-programs.js';

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** How many kilobytes of JavaScript packages and programs are. */
const benchmarkSize: Bench = async ({ quick, only }) => {
  const core = await bundleSize("export * from '@tensorflow/tfjs-core';", at('bench'));
  const cases: BenchCase[] = [];
  for (const name of packageNames().filter((each) => each.includes(only))) {
    const { minified, gzipped, imports } = await packageSize(name);
    const note = `imports ${imports.join(', ')}`;
    const facts = { minified: kilobytes(minified), ...(imports.length > 0 ? { note } : {}) };
    cases.push(benchCase(`@nfnets/${name}`, kilobytes(gzipped), { 'tfjs-core': kilobytes(core.gzipped) }, facts));
  }
  for (const { name, folder, ours, without } of quick ? [] : SIZE_PROGRAMS.filter((each) => each.name.includes(only))) {
    const [own, other] = [await bundleSize(ours, at(folder), peers()), await bundleSize(without[1], at(folder))];
    const facts = { minified: kilobytes(own.minified) };
    cases.push(benchCase(name, kilobytes(own.gzipped), { [without[0]]: kilobytes(other.gzipped) }, facts));
  }
  const page = 'the playground, until it is painted';
  if (!quick && page.includes(only)) {
    const { minified, gzipped } = firstPaintSize(at('apps/playground'));
    const facts = {
      minified: kilobytes(minified),
      note: 'with HTML and styles; its worker brings engine and trainer later',
    };
    cases.push(benchCase(page, kilobytes(gzipped), { 'tfjs-core': kilobytes(core.gzipped) }, facts));
  }
  return resultOf(cases);
};
export default benchmarkSize;

export const packageNames = (): string[] => readdirSync(at('packages')).sort();

/** All that a package exports, with its dependencies but for TensorFlow.js, and peers of any package. */
export const packageSize = (name: string): Promise<BundleSize> =>
  bundleSize("export * from './index.js';", at(`packages/${name}/src`), ['@tensorflow/*', ...peers()]);

/** What a user may install beside our packages and TensorFlow.js. */
function peers(): string[] {
  return packageNames().flatMap((name) => {
    const manifest = JSON.parse(readFileSync(at(`packages/${name}/package.json`), 'utf8')) as {
      readonly peerDependencies?: Record<string, string>;
    };
    return Object.keys(manifest.peerDependencies ?? {}).filter((peer) => !/^@(nfnets|tensorflow)\//.test(peer));
  });
}

/** Of 1000 bytes, to the tenth. */
const kilobytes = (bytes: number) => Math.round(bytes / 100) / 10;
