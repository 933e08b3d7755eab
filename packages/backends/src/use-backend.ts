import { hasOutdatedBinding } from '@nfnets/native-tensorflow/process';
import { aFunction, checkOptions, nearest, type OptionRules, rule, show } from '@nfnets/options';
import type { ThreadsChoice } from '@nfnets/wasm-training';
import * as tf from '@tensorflow/tfjs';
import { type LoadNative, loadNative } from './load-native.js';
import { type LoadWebgpu, loadWebgpu } from './load-webgpu.js';

/** A way to run tensors: TensorFlow's C library (on its GPU, or wherever it runs), WebGPU, WebAssembly, or plain JavaScript. */
export type Engine = 'native-gpu' | 'native' | 'webgpu' | 'wasm' | 'cpu';

/** Options of {@link useBackend}. */
export interface UseBackendOptions {
  /**
   * Threads of the wasm engine, the caller's included. Default as many as can run at a time. Native takes its number from the
   * environment variable `TF_NUM_INTRAOP_THREADS`.
   */
  readonly threads?: number;
  /**
   * Where a browser finds the `.wasm` files of `@tensorflow/tfjs-backend-wasm`: a folder, or a path for each file. Default next to the script.
   */
  readonly wasmPaths?: string | Readonly<Record<string, string>>;
  /** Loads the native backend; replaced in tests. Default tfjs-node, prepared where it has to be. */
  readonly loadNative?: LoadNative;
  /** Loads the webgpu backend; replaced in tests. Default that of the page, or in Node of the package `webgpu`. */
  readonly loadWebgpu?: LoadWebgpu;
}

/** What `useBackend` settled on, and why. */
export interface BackendChoice {
  readonly engine: Engine;
  /** The tfjs backend that is now set. */
  readonly backend: 'tensorflow' | 'webgpu' | 'wasm' | 'cpu';
  /** Threads that compute; absent where a graphics card does. */
  readonly threads?: number;
  /** One sentence: what runs, and why nothing faster does. */
  readonly reason: string;
  /** Every engine that was looked at before this one, and what it lacked. */
  readonly tried: readonly { readonly engine: Engine; readonly reason: string }[];
}

const OPTIONS: OptionRules<UseBackendOptions> = {
  threads: rule(
    'a whole number of at least 1',
    (value) => Number.isSafeInteger(value) && (value as number) >= 1,
    'number',
  ),
  wasmPaths: rule(
    'a folder, or an object with a path for each file',
    (value) => typeof value === 'string' || (typeof value === 'object' && value !== null && !Array.isArray(value)),
  ),
  loadNative: aFunction,
  loadWebgpu: aFunction,
};

const ENGINES: readonly Engine[] = ['native-gpu', 'native', 'webgpu', 'wasm', 'cpu'];

const IS_NODE = typeof process !== 'undefined' && typeof process.versions?.node === 'string';

/**
 * What `'auto'` tries, in this order. Native, on a GPU or not, comes first: it is there only where somebody prepared it, reads
 * synchronously, and runs a compiled step. WebGPU counts only on a real graphics card. In a browser there is no native.
 */
const AUTOMATIC: readonly Engine[] = IS_NODE ? ['native', 'webgpu', 'wasm', 'cpu'] : ['webgpu', 'wasm', 'cpu'];

/**
 * Sets the tfjs backend that runs `engine` and resolves to what was chosen; `'auto'` takes the first of native (in Node), webgpu
 * (on a real graphics card), wasm and cpu that works here.
 *
 * @param engine The engine, or `'auto'`. Default `'auto'`.
 * @throws RangeError for an unknown engine; RangeError or TypeError for an option that is unknown or wrong; Error, which says what to
 * install, for an engine that does not work here.
 * @example
 * ```ts
 * import { useBackend } from '@nfnets/backends';
 *
 * const { engine, reason } = await useBackend('auto', { threads: 4 });
 * console.log(`${engine}: ${reason}`); // before the first tensor
 * ```
 */
export async function useBackend(
  engine: Engine | 'auto' = 'auto',
  options: UseBackendOptions = {},
): Promise<BackendChoice> {
  const names = ['auto', ...ENGINES];
  if (!names.includes(engine)) {
    const near = typeof engine === 'string' ? nearest(engine, names) : undefined;
    const shown = typeof engine === 'string' ? engine : show(engine);
    const hint = near ? ` Did you mean '${near}'?` : '';
    throw new RangeError(`useBackend: \`engine\` must be one of ${names.join(', ')}, got ${shown}.${hint}`);
  }
  checkOptions<UseBackendOptions>('useBackend', options, OPTIONS);
  const tried: { engine: Engine; reason: string }[] = [];
  for (const candidate of engine === 'auto' ? AUTOMATIC : [engine]) {
    try {
      const { description, ...started } = await quietly(() => start(candidate, options, engine !== 'auto'));
      const refusals = tried.map((attempt) => `; not ${attempt.engine}: ${attempt.reason}`);
      return { engine: candidate, ...started, reason: `${description}${refusals.join('')}`, tried };
    } catch (error) {
      tried.push({ engine: candidate, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  throw new Error(
    tried.map((attempt) => `useBackend: \`${attempt.engine}\` does not work here. ${attempt.reason}`).join('\n'),
  );
}

type Started = Pick<BackendChoice, 'backend' | 'threads'> & { readonly description: string };

async function start(engine: Engine, options: UseBackendOptions, wanted: boolean): Promise<Started> {
  switch (engine) {
    case 'native-gpu':
    case 'native': {
      const before = tf.engine().backendName;
      const packageName = await (options.loadNative ?? loadNative)();
      await setWorkingBackend('tensorflow');
      const { isUsingGpuDevice = false } = tf.backend() as { isUsingGpuDevice?: boolean };
      if (engine === 'native-gpu' && !isUsingGpuDevice) {
        if (before) await tf.setBackend(before);
        throw new Error(`TensorFlow, through ${packageName}, finds no GPU that it can use.`);
      }
      // One that a test loads is none.
      const isOutdated = !options.loadNative && hasOutdatedBinding(packageName, import.meta.url);
      const lacks = isOutdated ? ', which lacks what `npx nfnets-native`, run again, adds to it' : '';
      const description = `TensorFlow's C library through ${packageName}${lacks}`;
      if (isUsingGpuDevice) return { backend: 'tensorflow', description: `${description}, on the GPU` };
      return { backend: 'tensorflow', threads: nativeThreads(), description };
    }
    case 'webgpu': {
      const adapter = await (options.loadWebgpu ?? loadWebgpu)({ wanted });
      await setWorkingBackend('webgpu');
      return { backend: 'webgpu', description: `WebGPU on ${adapter}` };
    }
    case 'wasm': {
      const { threads, reason } = await prepareWasm(options);
      await setWorkingBackend('wasm').catch((error: Error) => {
        throw new Error(`${error.message}${whereWasmIs(options)}`);
      });
      const description = 'WebAssembly with the training kernels of @nfnets/wasm-training';
      return {
        backend: 'wasm',
        threads,
        description: reason ? `${description}, on one thread: ${reason}` : description,
      };
    }
    case 'cpu':
      await setWorkingBackend('cpu');
      return { backend: 'cpu', threads: 1, description: 'plain JavaScript' };
  }
}

/** What TensorFlow itself goes by. */
function nativeThreads(): number {
  return Number(process.env['TF_NUM_INTRAOP_THREADS']) || process.getBuiltinModule('node:os').availableParallelism();
}

/** In a page the usual reason for a wasm backend that does not start. */
export function whereWasmIs({ wasmPaths }: UseBackendOptions): string {
  if (IS_NODE && wasmPaths === undefined) return '';
  const place = wasmPaths === undefined ? 'next to the script' : JSON.stringify(wasmPaths);
  return ` Its \`.wasm\` files, of @tensorflow/tfjs-backend-wasm/dist, were looked for ${place}: say where they are served with \`wasmPaths\`.`;
}

async function prepareWasm({ wasmPaths, threads }: UseBackendOptions): Promise<ThreadsChoice> {
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')))
    throw new Error('This JavaScript engine has no WebAssembly SIMD.');
  const { setThreads } = await import('@nfnets/wasm-training');
  if (wasmPaths !== undefined) wasm.setWasmPaths(wasmPaths);
  return setThreads(threads);
}

/** Sets a backend and multiplies two numbers on it: some failures only show at the first kernel. */
async function setWorkingBackend(backend: string): Promise<void> {
  const before = tf.engine().backendName;
  const isSet = await tf.setBackend(backend);
  const product = isSet ? await multiply(2, 3) : undefined;
  if (product === 6) return;
  if (before) await tf.setBackend(before);
  throw new Error(
    isSet ? `The ${backend} backend computes 2 x 3 = ${product}.` : `The ${backend} backend does not start.`,
  );
}

async function multiply(a: number, b: number): Promise<number> {
  const product = tf.matMul([[a]], [[b]]);
  try {
    return (await product.data())[0]!;
  } finally {
    product.dispose();
  }
}

/** Runs `action` without tfjs's advertisements, which come with the first tensor of a backend. */
async function quietly<T>(action: () => Promise<T>): Promise<T> {
  const before = tf.env().getBool('PROD');
  tf.env().set('PROD', true);
  try {
    return await action();
  } finally {
    tf.env().set('PROD', before);
  }
}
