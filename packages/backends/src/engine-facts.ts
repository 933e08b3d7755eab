import * as tf from '@tensorflow/tfjs';

/** What the backend in use is made of. */
export interface EngineFacts {
  /** Versions of the libraries that compute, by name. */
  readonly versions: Readonly<Record<string, string>>;
  /** Threads that compute; absent where a graphics card does. */
  readonly threads?: number;
}

/** Looks up versions and threads of the tfjs backend that is set; for people to read. */
export async function engineFacts(): Promise<EngineFacts> {
  const tfjs = tf.version_core;
  switch (tf.getBackend()) {
    case 'tensorflow': {
      const { binding } = tf.backend() as unknown as { binding: { TF_Version: string } };
      const cores = process.getBuiltinModule('node:os').availableParallelism();
      // What TensorFlow itself goes by.
      const threads = Number(process.env['TF_NUM_INTRAOP_THREADS']) || cores;
      return { versions: { TensorFlow: binding.TF_Version, tfjs }, threads };
    }
    case 'webgpu': {
      const dawn = versionOf('webgpu');
      return { versions: { ...(dawn === undefined ? {} : { webgpu: dawn }), tfjs } };
    }
    case 'wasm': {
      const { getThreadsCount } = await import('@tensorflow/tfjs-backend-wasm');
      return { versions: { tfjs }, threads: getThreadsCount() };
    }
    default:
      return { versions: { tfjs }, threads: 1 };
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
