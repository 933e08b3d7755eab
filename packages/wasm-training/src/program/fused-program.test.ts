import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kernelModule } from '../backend/kernel-module.js';
import {
  bitsOf,
  encodeFused,
  FUSED_SCRATCH,
  type FusedOperand,
  type FusedStep,
  OPCODES,
  type Opcode,
} from './fused-program.js';

const memory = new WebAssembly.Memory({ initial: 64 });
const { functions } = kernelModule({ wasm: { asm: { memory } } } as unknown as BackendWasm);
const floats = new Float32Array(memory.buffer);
const bytes = new Uint8Array(memory.buffer);
const words = new Int32Array(memory.buffer);

/** Memory handed out from the front, afresh for each case; the first page is the scratch memory. */
const SCRATCH = 1024;
let end = 0;
const reset = () => {
  end = 65536;
};
/** Not aligned to more than a float, and with numbers behind it that nobody may touch. */
const allocate = (count: number) => {
  const address = end + 4;
  end = address + 4 * Math.ceil(count) + 4;
  floats[address / 4 + Math.ceil(count)] = 12345;
  return address;
};
const guardOf = (address: number, count: number) => floats[address / 4 + Math.ceil(count)];
const put = (values: readonly number[]) => {
  const address = allocate(values.length);
  floats.set(values, address / 4);
  return address;
};
const read = (address: number, count: number) => [...floats.subarray(address / 4, address / 4 + count)];

const run = (count: number, operands: readonly FusedOperand<number>[], steps: readonly FusedStep[], cuts = [1]) => {
  const program = encodeFused({ count, operands, steps });
  const p = allocate(program.length);
  words.set(program, p / 4);
  const units = functions['fusedUnits']!(count);
  // In several calls, as threads make them.
  const bounds = [0, ...cuts.map((cut) => Math.min(units, cut)), units].sort((a, b) => a - b);
  for (const [i, first] of bounds.slice(0, -1).entries()) functions['fused']!(p, first, bounds[i + 1]!, SCRATCH);
};

const UNARY = [
  'tanh',
  'erf',
  'exp',
  'expm1',
  'softplus',
  'selu',
  'leakyRelu',
  'sqrt',
  'rsqrt',
  'sign',
  'relu',
  'square',
  'step',
  'relu6',
  'sigmoid',
  'log',
] as const;
const BINARY = ['maximum', 'minimum', 'add', 'subtract', 'multiply', 'divide'] as const;
const COMPARISONS = ['greater', 'greaterEqual', 'equal', 'notEqual'] as const;
const ARITY: Partial<Record<Opcode, number>> = { select: 3, clip: 3, leakyRelu: 2, step: 2, and: 2, or: 2 };
const arityOf = (opcode: Opcode) => ARITY[opcode] ?? ([...BINARY, ...COMPARISONS].includes(opcode as 'add') ? 2 : 1);

/** What a step computes, by the kernels that are not fused, or in plain words where there is none. */
function compute(opcode: Opcode, inputs: readonly (readonly number[])[], count: number): number[] {
  const [a, b = a, c = a] = inputs as [number[], number[]?, number[]?];
  const before = end;
  const out = allocate(count);
  const x = put(a!);
  const units = functions['elementwiseUnits']!(count);
  const isUnary = (UNARY as readonly Opcode[]).includes(opcode);
  const zip = (BINARY as readonly Opcode[]).indexOf(opcode);
  let result: number[];
  if (isUnary && arityOf(opcode) === 1) {
    functions[opcode]!(x, out, count, 0, 0, units);
    result = read(out, count);
  } else if (zip >= 0) {
    functions['zip']!(zip, x, put(b!), 0, out, count, 4096, 1, 0, Math.ceil(count / 4096));
    result = read(out, count);
  } else if ((COMPARISONS as readonly Opcode[]).includes(opcode)) {
    functions[opcode]!(x, 0, put(b!), 0, out, count, 0, units);
    result = [...bytes.subarray(out, out + count)];
  } else if (opcode === 'clip') {
    functions['clip']!(x, out, count, b[0]!, c[0]!, 0, units);
    result = read(out, count);
  } else if (opcode === 'select') {
    const conditions = allocate(count);
    bytes.set(
      a!.map((number) => Number(number !== 0)),
      conditions,
    );
    functions['select']!(conditions, put(b!), put(c!), out, count, 0, units);
    result = read(out, count);
  } else {
    const plain: Partial<Record<Opcode, (a: number, b: number) => number>> = {
      leakyRelu: (x, slope) => (x < 0 ? Math.fround(x * slope) : x),
      step: (x, low) => (Number.isNaN(x) ? x : x > 0 ? 1 : low),
      copy: (x) => x,
      and: (x, y) => Number(x !== 0 && y !== 0),
      or: (x, y) => Number(x !== 0 || y !== 0),
      not: (x) => Number(x === 0),
    };
    result = a!.map((x, i) => plain[opcode]!(x, b[i]!));
  }
  end = before;
  return result;
}

const SPECIAL = [
  0,
  -0,
  1,
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  1e-40,
  3.4e38,
  88.8,
  -104,
  20,
];
const random = (seed: number) => {
  let state = seed | 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 8) / 2 ** 24;
  };
};
const numbers = (count: number, seed: number) => {
  const next = random(seed);
  return Array.from({ length: count }, () => {
    const kind = next();
    return Math.fround(
      kind < 0.15 ? SPECIAL[Math.floor(next() * SPECIAL.length)]! : (next() - 0.5) * 10 ** (3 * next()),
    );
  });
};
const flags = (count: number, seed: number) => numbers(count, seed).map((number) => Number(number > 0));

/** Object.is, of NaN whichever. */
const expectSame = (got: readonly number[], want: readonly number[]) => {
  const i = got.findIndex((number, i) => !Object.is(number, want[i]));
  if (i >= 0 || got.length !== want.length)
    expect({ i, got: got[i], of: got.length }).toEqual({ i, got: want[i], of: want.length });
};

describe('fused', () => {
  it('needs as much scratch memory as is said', () => {
    expect(functions['fusedScratch']!()).toBe(FUSED_SCRATCH);
  });

  it.each(Object.keys(OPCODES) as Opcode[])('%s has the bits of the kernel that is not fused', (opcode) => {
    for (const count of [1, 2, 3, 4, 15, 16, 17, 255, 256, 257, 300, 4095, 4096, 5000]) {
      reset();
      const isLogic = ['and', 'or', 'not'].includes(opcode);
      const inputs = [1, 2, 3].slice(0, arityOf(opcode)).map((seed) => {
        // A clip's limits are one number for all.
        if (opcode === 'clip' && seed > 1) return new Array<number>(count).fill(seed - 2.5);
        return (isLogic || (opcode === 'select' && seed === 1) ? flags : numbers)(count, seed);
      });
      const operands = inputs.map((values): FusedOperand<number> => ({ kind: 'full', address: put(values) }));
      const out = allocate(count);
      run(
        count,
        [...operands, { kind: 'full', address: out }],
        [{ opcode, out: inputs.length, inputs: inputs.map((_, i) => i) }],
      );
      expectSame(read(out, count), compute(opcode, inputs, count));
      expect(guardOf(out, count)).toBe(12345);
    }
  });

  it('takes numbers, literals, rows and bytes', () => {
    for (const [count, width, times] of [
      [5000, 7, 3],
      [4096, 64, 2 ** 31 - 1],
      [5000, 96, 2 ** 31 - 1],
      [3000, 1, 5],
      [5000, 1, 1000],
      [5003, 1000, 2],
      [5000, 3, 2 ** 31 - 1],
      [900, 300, 1],
      [20, 1, 3],
      [10, 256, 5],
      [700, 24, 1],
    ] as const) {
      reset();
      const row = numbers(Math.ceil(Math.ceil(count / width) / times) * width, 5);
      const x = numbers(count, 6);
      const isSet = flags(count, 7);
      const conditions = allocate(count);
      bytes.set(isSet, conditions);
      const out = allocate(count);
      const isAbove = allocate(count / 4);
      run(
        count,
        [
          { kind: 'full', address: put(x) },
          { kind: 'rows', address: put(row), width, times },
          { kind: 'number', address: put([2.5]) },
          { kind: 'literal', bits: bitsOf(-0.75) },
          { kind: 'bytes', address: conditions },
          { kind: 'register', block: 0 },
          { kind: 'full', address: out },
          { kind: 'bytes', address: isAbove },
        ],
        [
          { opcode: 'add', out: 5, inputs: [0, 1] },
          { opcode: 'greater', out: 7, inputs: [5, 2] },
          { opcode: 'select', out: 5, inputs: [4, 3, 5] },
          { opcode: 'add', out: 6, inputs: [5, 7] },
        ],
        [1],
      );
      const sums = x.map((number, i) =>
        Math.fround(number + row[Math.floor(Math.floor(i / width) / times) * width + (i % width)]!),
      );
      const above = sums.map((sum) => Number(sum > 2.5));
      expectSame([...bytes.subarray(isAbove, isAbove + count)], above);
      expectSame(
        read(out, count),
        sums.map((sum, i) => Math.fround((isSet[i] ? -0.75 : sum) + above[i]!)),
      );
    }
  });

  it('writes over an input that is not read any more', () => {
    for (const count of [5, 16, 1000, 5000]) {
      reset();
      const [x, g] = [numbers(count, 1), numbers(count, 2)];
      const [atX, atG] = [put(x), put(g)];
      run(
        count,
        [
          { kind: 'full', address: atX },
          { kind: 'full', address: atG },
          { kind: 'full', address: atG },
          { kind: 'full', address: atX },
        ],
        [
          { opcode: 'add', out: 2, inputs: [0, 1] },
          { opcode: 'multiply', out: 3, inputs: [0, 2] },
        ],
      );
      const sums = compute('add', [x, g], count);
      expectSame(read(atG, count), sums);
      expectSame(read(atX, count), compute('multiply', [x, sums], count));
    }
  });

  it('computes any chain as the kernels do one after the other', () => {
    const chain = fc.record({
      count: fc.integer({ min: 1, max: 5000 }),
      inputs: fc.array(
        fc.record({
          kind: fc.constantFrom('full', 'full', 'number', 'literal', 'rows'),
          width: fc.integer({ min: 1, max: 300 }),
          times: fc.integer({ min: 1, max: 9 }),
        }),
        { minLength: 1, maxLength: 5 },
      ),
      steps: fc.array(
        fc.record({
          opcode: fc.constantFrom(
            ...(Object.keys(OPCODES) as Opcode[]).filter((name) => !['and', 'or', 'not', 'clip'].includes(name)),
          ),
          picks: fc.array(fc.nat(), { minLength: 3, maxLength: 3 }),
          isKept: fc.boolean(),
        }),
        { minLength: 1, maxLength: 10 },
      ),
      cuts: fc.array(fc.integer({ min: 0, max: 2 })),
    });
    fc.assert(
      fc.property(chain, ({ count, inputs, steps, cuts }) => {
        reset();
        const operands: FusedOperand<number>[] = [];
        const values: number[][] = [];
        for (const [i, { kind, width, times }] of inputs.entries()) {
          const number = numbers(1, i)[0]!;
          if (kind === 'full') {
            values.push(numbers(count, i));
            operands.push({ kind, address: put(values.at(-1)!) });
          } else if (kind === 'rows') {
            const rows = numbers(Math.ceil(Math.ceil(count / width) / times) * width, i);
            values.push(
              Array.from({ length: count }, (_, i) => rows[Math.floor(i / (width * times)) * width + (i % width)]!),
            );
            operands.push({ kind, address: put(rows), width, times });
          } else {
            values.push(new Array(count).fill(number));
            operands.push(
              kind === 'literal' ? { kind, bits: bitsOf(number) } : { kind: 'number', address: put([number]) },
            );
          }
        }
        const program: FusedStep[] = [];
        for (const [i, { opcode, picks, isKept }] of steps.entries()) {
          const from = picks.slice(0, arityOf(opcode)).map((pick) => pick % values.length);
          const out =
            operands.push(isKept ? { kind: 'full', address: allocate(count) } : { kind: 'register', block: i }) - 1;
          program.push({ opcode, out, inputs: from });
          values.push(
            compute(
              opcode,
              from.map((input) => values[input]!),
              count,
            ),
          );
        }
        run(count, operands, program, cuts);
        for (const [i, operand] of operands.entries()) {
          if (i >= inputs.length && operand.kind === 'full') expectSame(read(operand.address, count), values[i]!);
        }
      }),
    );
  });
});
