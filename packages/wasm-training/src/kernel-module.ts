import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { kernels } from './generated/kernels.js';

/** The compiled functions of `assembly/`; pointers, sizes and flags all travel as numbers. */
export type KernelFunctions = Readonly<Record<string, (...numbers: number[]) => number>>;

const instances = new WeakMap<WebAssembly.Memory, KernelFunctions>();

/**
 * The compiled kernels, working in the memory of `backend`; compiled at the first call for each memory.
 *
 * Throws an `Error` where the engine has no WebAssembly SIMD or the backend does not show its memory.
 */
export function kernelFunctions(backend: BackendWasm): KernelFunctions {
  const memory = memoryOf(backend);
  let functions = instances.get(memory);
  if (functions === undefined) {
    functions = instantiate(memory);
    instances.set(memory, functions);
  }
  return functions;
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

function instantiate(memory: WebAssembly.Memory): KernelFunctions {
  const shared = typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
  const candidates = shared ? [kernels.relaxedShared, kernels.simdShared] : [kernels.relaxed, kernels.simd];
  for (const candidate of candidates) {
    const bytes = decodeBase64(candidate);
    if (WebAssembly.validate(bytes)) {
      // Synchronous, because a kernel must answer at once.
      const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
      return instance.exports as KernelFunctions;
    }
  }
  throw new Error('wasm-training: this JavaScript engine has no WebAssembly SIMD. Use the `cpu` backend to train.');
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
