import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { kernels } from '../generated/kernels.js';
import type { ThreadPool } from '../threads/thread-pool.js';

/** The compiled functions of `assembly/`; pointers, sizes and flags all travel as numbers. */
type KernelFunctions = Readonly<Record<string, (...numbers: number[]) => number>>;

/** The compiled kernels, working in one memory. */
export interface KernelModule {
  readonly module: WebAssembly.Module;
  readonly instance: WebAssembly.Instance;
  readonly memory: WebAssembly.Memory;
  readonly functions: KernelFunctions;
  /** Place of each function among the exports. */
  readonly places: ReadonlyMap<string, number>;
  /** Threads that share the work, if any. */
  pool?: ThreadPool | undefined;
}

const modules = new WeakMap<BackendWasm, KernelModule>();

/**
 * The compiled kernels, working in the memory of `backend`; compiled at the first call for each backend.
 *
 * Throws an `Error` where the engine has no WebAssembly SIMD or the backend does not show its memory.
 */
export function kernelModule(backend: BackendWasm): KernelModule {
  let module = modules.get(backend);
  if (module === undefined) {
    module = instantiate(memoryOf(backend));
    modules.set(backend, module);
  }
  return module;
}

/** Whether other threads can work in the memory of `backend`. */
export function isShared(backend: BackendWasm): boolean {
  return hasSharedBuffer(memoryOf(backend));
}

function memoryOf({ wasm }: BackendWasm): WebAssembly.Memory {
  // The plain build exports its memory; the threaded build, which imports it, keeps it on the module.
  const { asm, wasmMemory } = wasm as unknown as {
    asm?: { memory?: WebAssembly.Memory };
    wasmMemory?: WebAssembly.Memory;
  };
  const memory = asm?.memory ?? wasmMemory;
  if (!(memory instanceof WebAssembly.Memory)) {
    throw new Error(
      'wasm-training: this build of the `wasm` backend does not show its memory. Use @tensorflow/tfjs-backend-wasm 4.22.0.',
    );
  }
  return memory;
}

function hasSharedBuffer({ buffer }: WebAssembly.Memory): boolean {
  return typeof SharedArrayBuffer !== 'undefined' && buffer instanceof SharedArrayBuffer;
}

function instantiate(memory: WebAssembly.Memory): KernelModule {
  const shared = hasSharedBuffer(memory);
  const candidates = shared ? [kernels.relaxedShared, kernels.simdShared] : [kernels.relaxed, kernels.simd];
  for (const candidate of candidates) {
    const bytes = decodeBase64(candidate);
    if (WebAssembly.validate(bytes)) {
      // Synchronous, because a kernel must answer at once.
      const module = new WebAssembly.Module(bytes);
      const instance = new WebAssembly.Instance(module, { env: { memory } });
      const places = new Map(Object.keys(instance.exports).map((name, place) => [name, place]));
      return { module, instance, memory, functions: instance.exports as KernelFunctions, places };
    }
  }
  throw new Error('wasm-training: this JavaScript engine has no WebAssembly SIMD. Use the `cpu` backend to train.');
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
