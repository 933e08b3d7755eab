import * as tf from '@tensorflow/tfjs';

/**
 * Looks up the versions of the libraries that compute on the tfjs backend that is set, by their names; for people to read.
 *
 * @throws Error when no backend is set and none starts.
 * @example
 * ```ts
 * import { engineVersions, useBackend } from '@nfnets/backends';
 *
 * const { engine } = await useBackend();
 * console.log(engine, engineVersions()); // wasm { tfjs: '4.22.0' }
 * ```
 */
export function engineVersions(): Readonly<Record<string, string>> {
  const tfjs = tf.version_core;
  switch (tf.getBackend()) {
    case 'tensorflow': {
      const { binding } = tf.backend() as unknown as { binding: { TF_Version: string } };
      return { TensorFlow: binding.TF_Version, tfjs };
    }
    case 'webgpu': {
      const webgpu = versionOf('webgpu');
      return webgpu === undefined ? { tfjs } : { webgpu, tfjs };
    }
    default:
      return { tfjs };
  }
}

/** Version of an optional package of ours, in Node; undefined elsewhere. */
function versionOf(packageName: string): string | undefined {
  if (typeof process === 'undefined' || typeof process.versions?.node !== 'string') return undefined;
  const { createRequire } = process.getBuiltinModule('node:module');
  try {
    return (createRequire(import.meta.url)(`${packageName}/package.json`) as { version: string }).version;
  } catch {
    return undefined;
  }
}
