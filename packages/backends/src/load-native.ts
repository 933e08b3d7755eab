import { hasBinding, prepareProcess } from '@nfnets/native-tensorflow/process';
import * as tf from '@tensorflow/tfjs';

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
  prepareProcess();
  const refusals: string[] = [];
  for (const packageName of PACKAGES) {
    try {
      if (!hasBinding(packageName, import.meta.url)) {
        refusals.push(`${packageName} has no native binary`);
        continue;
      }
      // A name that TypeScript and bundlers cannot follow: the package is optional.
      await import(/* @vite-ignore */ /* webpackIgnore: true */ packageName as string);
      // Here, for pages load this file and never come so far.
      const { replaceNativeKernels } = await import('./native-kernels.js');
      const { registerGroupedConvolutions } = await import('./native-grouped-convolution.js');
      replaceNativeKernels();
      registerGroupedConvolutions();
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

/** What `error`, from looking for `packageName` or from loading it, says about it. */
export function whyNot(packageName: string, error: unknown): string {
  const firstLine = (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
  return firstLine === `Cannot find module '${packageName}/package.json'`
    ? `${packageName} is not installed`
    : `${packageName} does not load (${firstLine})`;
}
