import * as tf from '@tensorflow/tfjs';
import { replaceNativeKernels } from './native-kernels.js';
import { restoreRemovedUtilities } from './restore-removed-utilities.js';

/** Registers tfjs's native backend and resolves to the name of the package it came from; throws where there is none. */
export type LoadNative = () => Promise<string>;

/** The GPU build first: who went to the trouble of installing it wants it. */
const PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

const HOW_TO_PREPARE = 'Prepare it with `npx nfnets-native`, or `npx nfnets-native --gpu` for an NVIDIA card.';
const HOW_TO_INSTALL =
  'Install it with `npm install --ignore-scripts @tensorflow/tfjs-node`, then prepare it with `npx nfnets-native`; ' +
  'for an NVIDIA card, @tensorflow/tfjs-node-gpu and `npx nfnets-native --gpu`.';

/** Loads the first of tfjs-node-gpu and tfjs-node whose native binary is there. Throws an `Error` that says what to run. */
export const loadNative: LoadNative = async () => {
  if (typeof process === 'undefined' || typeof process.versions?.node !== 'string') {
    throw new Error('The native backend needs Node.js.');
  }
  restoreRemovedUtilities();
  // TensorFlow greets on stderr.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  const refusals: string[] = [];
  for (const packageName of PACKAGES) {
    try {
      if (!hasBinary(packageName)) {
        refusals.push(`${packageName} has no native binary`);
        continue;
      }
      // A name that TypeScript and bundlers cannot follow: the package is optional.
      await import(/* @vite-ignore */ /* webpackIgnore: true */ packageName as string);
      replaceNativeKernels();
      return packageName;
    } catch (error) {
      // A package that fails half-way leaves kernels behind, and the next one would warn about each.
      for (const { kernelName } of tf.getKernelsForBackend('tensorflow')) tf.unregisterKernel(kernelName, 'tensorflow');
      refusals.push(whyNot(packageName, error));
    }
  }
  throw new Error(`${refusals.join(', ')}. ${howToGet(refusals)}`);
};

/** What to run after these refusals, one for each package. */
export function howToGet(refusals: readonly string[]): string {
  const isInstalled = refusals.some((refusal) => !refusal.endsWith('is not installed'));
  return isInstalled ? HOW_TO_PREPARE : HOW_TO_INSTALL;
}

/** Whether the package is installed with its binary. Importing it to find out would register kernels before it fails. */
function hasBinary(packageName: string): boolean {
  const { createRequire } = process.getBuiltinModule('node:module');
  const { dirname, join } = process.getBuiltinModule('node:path');
  const { existsSync, readdirSync } = process.getBuiltinModule('node:fs');
  const folder = join(dirname(createRequire(import.meta.url).resolve(`${packageName}/package.json`)), 'lib');
  return existsSync(folder) && readdirSync(folder).some((name) => existsSync(join(folder, name, 'tfjs_binding.node')));
}

/** What `error`, from looking for `packageName` or from loading it, says about it. */
export function whyNot(packageName: string, error: unknown): string {
  const firstLine = (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
  return firstLine === `Cannot find module '${packageName}/package.json'`
    ? `${packageName} is not installed`
    : `${packageName} does not load (${firstLine})`;
}
