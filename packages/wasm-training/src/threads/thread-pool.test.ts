import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type KernelModule, kernelModule } from '../backend/kernel-module.js';
import { type Job, ThreadPool } from './thread-pool.js';

/** Numbers in a unit of work of `addOthers`, and addresses of arrays of that many units. */
const UNIT = 1024;
const UNITS = 50;
const TOTAL = 65_536;
const ADDED = TOTAL + 4 * UNIT * UNITS;

let kernels: KernelModule;
let pool: ThreadPool;

beforeEach(async () => {
  const memory = new WebAssembly.Memory({ initial: 16, maximum: 64, shared: true });
  kernels = kernelModule({ wasm: { wasmMemory: memory } } as unknown as BackendWasm);
  pool = await ThreadPool.start(3, kernels);
});

afterEach(() => pool.stop());

function addJob(job: Partial<Job> = {}): Job {
  const args = [TOTAL, ADDED, 0, UNIT * UNITS, 1];
  return {
    kernel: kernels.places.get('addOthers')!,
    args,
    units: UNITS,
    grain: 1,
    limit: 3,
    scratch: 0,
    scratchBytes: 0,
    ...job,
  };
}

describe('ThreadPool', () => {
  it('does each unit of each job once, whatever the number of threads and the size of a share', () => {
    const total = new Float32Array(kernels.memory.buffer, TOTAL, UNIT * UNITS);
    new Float32Array(kernels.memory.buffer, ADDED, UNIT * UNITS).fill(1);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 3 }), (grain, limit) => {
        total.fill(0);
        for (let i = 0; i < 20; i++) pool.run(addJob({ grain, limit }));
        expect(total.every((value) => value === 20)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('works after a rest, when its threads sleep', async () => {
    new Float32Array(kernels.memory.buffer, ADDED, UNIT * UNITS).fill(1);
    for (let i = 0; i < 10; i++) {
      pool.run(addJob());
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(new Float32Array(kernels.memory.buffer, TOTAL, UNIT * UNITS).every((value) => value === 10)).toBe(true);
  });

  it('sees memory that was added after it started', () => {
    const start = 65_536 * kernels.memory.grow(16);
    new Float32Array(kernels.memory.buffer, ADDED, UNIT * UNITS).fill(1);
    pool.run(addJob({ args: [start, ADDED, 0, UNIT * UNITS, 1] }));
    expect(new Float32Array(kernels.memory.buffer, start, UNIT * UNITS).every((value) => value === 1)).toBe(true);
  });

  it('fails with its kernel, and goes on', () => {
    const beyond = 65_536 * 40;
    for (let i = 0; i < 20; i++)
      expect(() => pool.run(addJob({ args: [beyond, ADDED, 0, UNIT * UNITS, 1] }))).toThrow();
    new Float32Array(kernels.memory.buffer, ADDED, UNIT * UNITS).fill(2);
    pool.run(addJob());
    expect(new Float32Array(kernels.memory.buffer, TOTAL, UNIT * UNITS).every((value) => value === 2)).toBe(true);
  });

  it('uses next to no processor time while it rests', async () => {
    pool.run(addJob());
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = process.cpuUsage();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { user, system } = process.cpuUsage(before);
    // Three threads that spin would use 1 000 000 microseconds or more.
    expect(user + system).toBeLessThan(200_000);
  });
});
