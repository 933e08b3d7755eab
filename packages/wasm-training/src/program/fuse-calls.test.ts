import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kernelModule } from '../backend/kernel-module.js';
import { fuseCalls } from './fuse-calls.js';
import { type FunctionCall, isAddress, type Operand, type RecordedCall } from './recorded-calls.js';

const at = (buffer: number, offset = 0) => ({ buffer, offset });
const buffersOf = (operands: readonly Operand[]) => [
  ...new Set(operands.flatMap((each) => (isAddress(each) ? [each.buffer] : []))),
];

/** A call that writes the buffer `out` and reads the others. */
const call = (kernel: string, args: readonly Operand[], out: number, units = 2): FunctionCall => ({
  kernel,
  args,
  units,
  nanoseconds: 1000,
  scratch: 0,
  scratchBytes: 0,
  writes: [out],
  reads: buffersOf(args).filter((buffer) => buffer !== out),
});
const COUNT = 5000;
const zip = (operation: number, a: number, b: number, out: number, isNumber = false) =>
  call('zip', [operation, at(a), at(b), Number(isNumber), at(out), COUNT, 4096, isNumber ? 2 ** 31 - 1 : 1], out);
const map = (kernel: string, x: number, y: number, parameter = 0) => call(kernel, [at(x), at(y), COUNT, parameter], y);
const sum = (x: number, out: number) => call('sum', [at(x), at(out), 1, COUNT, 1, 1], out, 1);

const SCRATCH = 1024;
const context = (isTemporary: (buffer: number) => boolean) => ({
  isTemporary,
  scratch: { scratch: SCRATCH, scratchBytes: 0 },
});
const kernelsOf = (calls: readonly RecordedCall[]) => (calls as FunctionCall[]).map(({ kernel }) => kernel);
const all = () => true;

describe('fuseCalls', () => {
  it('makes a chain one call, and does not write what only the chain reads', () => {
    const calls = [zip(3, 0, 1, 4, true), zip(4, 4, 2, 5), zip(2, 5, 0, 6)];
    const [fused, ...others] = fuseCalls(
      calls,
      context((buffer) => buffer !== 6),
    ) as [FunctionCall];
    expect(others).toEqual([]);
    expect(fused).toMatchObject({ kernel: 'fused', units: 2, writes: [6], reads: [0, 1, 2], scratch: SCRATCH });
  });

  it('writes what others read too', () => {
    const calls = [map('relu', 0, 4), zip(4, 4, 1, 5), sum(4, 6), sum(5, 7)];
    const fused = fuseCalls(
      calls,
      context((buffer) => buffer < 6),
    ) as FunctionCall[];
    expect(kernelsOf(fused)).toEqual(['fused', 'sum', 'sum']);
    expect(fused[0]!.writes).toEqual([4, 5]);
  });

  it('does not move a call across one that it needs, or that needs it', () => {
    const calls = [map('relu', 0, 4), sum(4, 5), zip(4, 4, 5, 6, true), sum(6, 7)];
    expect(kernelsOf(fuseCalls(calls, context(all)))).toEqual(['relu', 'sum', 'zip', 'sum']);
  });

  it('moves calls together across those that have nothing to do with them', () => {
    const calls = [map('relu', 0, 4), sum(0, 5), map('tanh', 4, 6), sum(6, 7)];
    expect(kernelsOf(fuseCalls(calls, context(all)))).toEqual(['fused', 'sum', 'sum']);
    // The sum is of what the first makes, and the product needs the sum's neighbour alone.
    const later = [map('relu', 0, 4), sum(4, 5), sum(0, 6), zip(4, 4, 1, 7), sum(7, 8)];
    expect(kernelsOf(fuseCalls(later, context(all)))).toEqual(['fused', 'sum', 'sum', 'sum']);
    // What is added is made in between: the first call waits for it.
    const waiting = [map('relu', 0, 4), call('copyRuns', [at(1), 20000, at(2), 20000, 20000], 2, 1), zip(2, 4, 2, 7)];
    expect(
      kernelsOf(
        fuseCalls(
          waiting,
          context((buffer) => buffer > 3),
        ),
      ),
    ).toEqual(['copyRuns', 'fused']);
  });

  it('joins several chains where they meet', () => {
    const calls = [map('relu', 0, 4), map('tanh', 1, 5), sum(2, 6), zip(2, 4, 5, 7)];
    expect(kernelsOf(fuseCalls(calls, context(all)))).toEqual(['sum', 'fused']);
  });

  it('leaves short arrays, and chains of different lengths, as they are', () => {
    const short = [call('relu', [at(0), at(1), 10, 0], 1, 1), call('tanh', [at(1), at(2), 10, 0], 2, 1)];
    expect(fuseCalls(short, context(all))).toEqual(short);
    const different = [map('relu', 0, 4), call('tanh', [at(4), at(5), 4999, 0], 5)];
    expect(fuseCalls(different, context(all))).toEqual(different);
  });

  it('cuts long chains', () => {
    const calls = Array.from({ length: 60 }, (_, i) => map('relu', i, i + 1));
    expect(
      kernelsOf(
        fuseCalls(
          calls,
          context((buffer) => buffer !== 60),
        ),
      ),
    ).toEqual(['fused', 'fused', 'fused']);
  });

  it('adds a bias in place, of rows', () => {
    const biasAndClip = call('addBiasAndClip', [at(4), at(1), 50, 0, 6], 4, 100);
    const calls = [call('gather', [at(0), at(4)], 4), biasAndClip, zip(4, 4, 2, 5)];
    const fused = fuseCalls(
      calls,
      context((buffer) => buffer === 4),
    ) as FunctionCall[];
    expect(kernelsOf(fused)).toEqual(['gather', 'fused']);
    expect(fused[1]).toMatchObject({ reads: [4, 1, 2], writes: [5] });
  });
});

describe('fused calls', () => {
  const memory = new WebAssembly.Memory({ initial: 64 });
  const { functions } = kernelModule({ wasm: { asm: { memory } } } as unknown as BackendWasm);
  const floats = new Float32Array(memory.buffer);
  const words = new Int32Array(memory.buffer);

  /** Buffers of a program: where they lie, and how many numbers they have; of flags there is one byte each. */
  const SIZES = [300, 300, 300, 300, 300, 300, 300, 300, 100, 100, 100, 100, 100, 1, 1, 30, 30, 10];
  const FLAGS = [18, 19, 20];
  const FIRST = 65536;
  const SPAN = 4096;
  const addressOf = ({ buffer, offset }: { buffer: number; offset: number }) => FIRST + buffer * SPAN + offset;
  const TABLE = FIRST + 100 * SPAN;

  const fillBuffers = () => {
    for (const buffer of [...SIZES.keys(), ...FLAGS]) {
      const address = addressOf(at(buffer));
      // Some numbers that rounding, and some that orders of NaN would show.
      for (let i = 0; i < SPAN / 4; i++) floats[address / 4 + i] = i % 17 === 3 ? -0 : Math.sin(i * 7.3 + buffer) * 3;
      if (FLAGS.includes(buffer)) {
        for (let i = 0; i < SPAN; i++) new Uint8Array(memory.buffer)[address + i] = (i * 7 + buffer) % 2;
      }
    }
  };
  const run = (calls: readonly RecordedCall[]) => {
    fillBuffers();
    for (const { kernel, args, units } of calls as FunctionCall[]) {
      const numbers = args.map((operand) => (isAddress(operand) ? addressOf(operand) : operand));
      if (kernel === 'fused') {
        words.set(numbers, TABLE / 4);
        functions['fused']!(TABLE, 0, units, SCRATCH);
      } else functions[kernel]!(...numbers, 0, units);
    }
    return (buffer: number) => [
      ...words.slice(addressOf(at(buffer)) / 4, addressOf(at(buffer)) / 4 + (SIZES[buffer] ?? 75)),
    ];
  };

  const bySize = (size: number) => SIZES.flatMap((each, i) => (each === size ? [i] : []));
  const step = fc.record({
    kind: fc.constantFrom(
      'zip',
      'zip',
      'zip',
      'map',
      'clip',
      'compare',
      'select',
      'bias',
      'sum',
      'copy',
      'fill',
      'toFlag',
      'fromFlag',
    ),
    size: fc.constantFrom(300, 300, 100),
    picks: fc.array(fc.nat({ max: 1000 }), { minLength: 5, maxLength: 5 }),
  });
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
  const callOf = ({ kind, size, picks }: Step): FunctionCall => {
    const buffers = bySize(size);
    const [x, y, z] = picks.map((pick) => buffers[pick % buffers.length]!) as [number, number, number];
    const small = (sizes: readonly number[]) => sizes.flatMap(bySize)[picks[3]! % sizes.flatMap(bySize).length]!;
    const flag = FLAGS[picks[4]! % 3]!;
    if (kind === 'map') {
      const name = ['relu', 'leakyRelu', 'step', 'square', 'tanh', 'exp', 'sign'][picks[4]! % 7]!;
      return call(name, [at(x), at(y), size, 0.25], y, 1);
    }
    if (kind === 'clip') return call('clip', [at(x), at(y), size, -0.5, 0.75], y, 1);
    if (kind === 'compare') return call('greater', [at(x), 0, at(y), 0, at(flag), size], flag, 1);
    if (kind === 'select') return call('select', [at(flag), at(x), at(y), at(z), size], z, 1);
    if (kind === 'bias') return call('addBiasAndClip', [at(x), at(small([10])), 10, -2, 2], x, size / 10);
    if (kind === 'fill') return call('fill', [at(x), 4 * size, 0x3fc00000], x, 1);
    if (kind === 'toFlag') return call('floatToFlag', [at(x), at(flag), size], flag, 1);
    if (kind === 'fromFlag') return call('flagToFloat', [at(flag), at(x), size], x, 1);
    if (kind === 'sum') return call('sum', [at(x), at(small([1])), 1, size, 1, 1], small([1]), 1);
    if (kind === 'copy') return call('copyRuns', [at(x), 4 * size, at(y), 4 * size, 4 * size], y, 1);
    const operation = picks[4]! % 8;
    const layouts = [
      [at(y), 0, 4096, 1],
      [at(y), 0, 4096, 1],
      [at(small([1])), 1, 4096, 2 ** 31 - 1],
      [at(small([10])), 0, 10, 2 ** 31 - 1],
      [at(small([30])), 1, 10, 1],
      [at(small([30])), 0, 10, 10],
    ] as const;
    const [b, isNumber, width, times] = layouts[picks[3]! % layouts.length]!;
    return call('zip', [operation, at(x), b, isNumber, at(z), size, width, times], z, Math.ceil(size / width));
  };

  it('have the same results as calls one by one, whatever is read and written', () => {
    let fused = 0;
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 40 }),
        fc.array(fc.boolean(), { minLength: 21, maxLength: 21 }),
        (steps, isTemporary) => {
          const calls = steps.map(callOf);
          const kept = isTemporary.flatMap((is, buffer) => (is ? [] : [buffer]));
          const read = run(calls);
          const want = kept.map(read);
          const better = fuseCalls(
            calls,
            context((buffer) => isTemporary[buffer]!),
          );
          fused += better.filter((each) => 'kernel' in each && each.kernel === 'fused').length;
          expect(kept.map(run(better))).toEqual(want);
        },
      ),
      { numRuns: 300 },
    );
    // Few programs are tried where properties are kept short.
    expect(fused).toBeGreaterThan(0);
  });
});
