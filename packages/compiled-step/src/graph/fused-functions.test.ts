import { mulberry32 } from '@nfnets/testing';
import { describe, expect, it } from 'vitest';
import { missing } from '../__fixtures__/native.js';
import { runFusedOp, unitsApart } from './__fixtures__/run-fused-op.js';

const note = missing === undefined ? '' : ` (${missing})`;

const LARGEST = 3.4028234663852886e38;
const SMALLEST_NORMAL = 2 ** -126;
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** The functions of one number in double precision, and how many units of the last place they may be off. */
const UNARY: Record<string, readonly [(x: number) => number, number]> = {
  Neg: [(x) => -x, 0],
  Abs: [Math.abs, 0],
  Square: [(x) => x * x, 0],
  Sqrt: [Math.sqrt, 0],
  Rsqrt: [(x) => 1 / Math.sqrt(x), 2],
  Exp: [Math.exp, 2],
  Sigmoid: [sigmoid, 3],
  Tanh: [Math.tanh, 4],
  Relu: [(x) => Math.max(x, 0), 0],
  Sign: [(x) => (x === 0 ? x : Math.sign(x)), 0],
  Identity: [(x) => x, 0],
};

const BINARY: Record<string, (x: number, y: number) => number> = {
  Add: (x, y) => x + y,
  Sub: (x, y) => x - y,
  Mul: (x, y) => x * y,
  RealDiv: (x, y) => x / y,
  Maximum: Math.max,
  Minimum: Math.min,
};

/** What is easily got wrong; numbers below the normal ones are 0 to TensorFlow. */
const EDGES = [
  0,
  -0,
  1,
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  LARGEST,
  -LARGEST,
  SMALLEST_NORMAL,
  -SMALLEST_NORMAL,
  1e-20,
  -1e20,
  0.625,
  -0.625,
  0.6249999,
  16777217,
];

/** Numbers of all magnitudes, and many from where exponentials are neither 0 nor infinite. */
function someNumbers(count: number, seed: number): Float32Array {
  const random = mulberry32(seed);
  return Float32Array.from({ length: count }, (_, i) => {
    const sign = random() < 0.5 ? -1 : 1;
    if (i < EDGES.length) return EDGES[i]!;
    if (i % 3 === 0) return sign * 2 ** (random() * 250 - 125);
    return i % 3 === 1 ? sign * random() * 100 : sign * random() * 3;
  });
}

const isTiny = (value: number) => Math.abs(value) < SMALLEST_NORMAL;

function expectWithin(units: number, actual: number, expected: number, words: string): void {
  // Too small for a normal number: 0, or the smallest after rounding.
  const isRight = isTiny(expected)
    ? Math.abs(actual) <= SMALLEST_NORMAL
    : unitsApart(actual, Math.fround(expected)) <= units;
  if (!isRight) expect.fail(`${words} is ${actual}, not ${expected}`);
}

describe.skipIf(missing !== undefined)(`functions of the op NFNetsElementwise${note}`, () => {
  it.each(Object.entries(UNARY))('computes %s', (name, [compute, units]) => {
    const x = someNumbers(40_000, 1);
    const program = ['space 1 40000 1', 'input full', `${name} i0`, 'output r0 40000'];
    const [result] = runFusedOp({ program, inputs: [{ values: x }], outputs: ['float32'] });
    for (const [i, value] of x.entries()) {
      // Exponentials end at 2^-125, one power of two above the smallest normal number.
      if (name === 'Exp' && Math.exp(value) < 2 ** -124) expect(result![i]).toBeLessThanOrEqual(2 ** -124);
      else expectWithin(units, result![i]!, compute(value), `${name}(${value})`);
    }
  });

  it.each(Object.entries(BINARY))('computes %s', (name, compute) => {
    const pairs = EDGES.flatMap((x) => EDGES.map((y) => [x, y] as const));
    const x = Float32Array.from([...pairs.map(([first]) => first), ...someNumbers(20_000, 2)]);
    const y = Float32Array.from([...pairs.map(([, second]) => second), ...someNumbers(20_000, 3).reverse()]);
    const program = [`space 1 ${x.length} 1`, 'input full', 'input full', `${name} i0 i1`, `output r0 ${x.length}`];
    const [result] = runFusedOp({ program, inputs: [{ values: x }, { values: y }], outputs: ['float32'] });
    for (const [i, value] of x.entries()) {
      expectWithin(0, result![i]!, compute(value, y[i]!), `${name}(${value}, ${y[i]})`);
    }
  });

  it('keeps the sign of 0', () => {
    const inputs = [{ values: Float32Array.of(0, -0) }];
    for (const [name, zeros] of Object.entries({ Identity: [0, -0], Neg: [-0, 0], Sqrt: [0, -0], Tanh: [0, -0] })) {
      const program = ['space 1 1 2', 'input full', `${name} i0`, 'output r0 2'];
      expect([...runFusedOp({ program, inputs, outputs: ['float32'] })[0]!], name).toEqual(zeros);
    }
  });
});
