import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { describe, expect, it } from 'vitest';
import { kernelModule } from './kernel-module.js';

/** As much of a backend as `kernelModule` looks at. */
const backendWith = (wasm: object) => ({ wasm }) as unknown as BackendWasm;

describe('kernelModule', () => {
  it('works in the memory of the threaded build, which is shared', () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
    const numbers = new Float32Array(memory.buffer);
    numbers.set([1, 2, 3, 4, 5, 6], 4);
    // The sums of the columns of 1 2 3
    //                            4 5 6, from byte 16 to byte 64.
    kernelModule(backendWith({ asm: {}, wasmMemory: memory })).functions['sum']!(16, 64, 1, 2, 3, 1, 0, 1);
    expect([...numbers.slice(16, 20)]).toEqual([5, 7, 9, 0]);
  });

  it('compiles once for each memory', () => {
    const backend = backendWith({ asm: { memory: new WebAssembly.Memory({ initial: 1 }) } });
    expect(kernelModule(backend)).toBe(kernelModule(backend));
    expect(kernelModule(backend)).not.toBe(
      kernelModule(backendWith({ asm: { memory: new WebAssembly.Memory({ initial: 1 }) } })),
    );
  });

  it('says so when a build hides its memory', () => {
    expect(() => kernelModule(backendWith({ asm: {} }))).toThrow('does not show its memory');
  });
});
