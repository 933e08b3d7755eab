import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import './index.js';
import { runOnThreads } from './__fixtures__/both-backends.js';

/** NaN of both signs (arithmetic makes the negative one on x86), infinities, zeros, denormals and the ends of float32. */
const BITS = Uint32Array.of(
  ...[0x7fc00000, 0xffc00000, 0x7f800000, 0xff800000, 0x80000000, 0, 1, 0x80000001, 0x7f7fffff, 0xff7fffff],
  // 1, -1, 5.5, 7, -7
  ...[0x3f800000, 0xbf800000, 0x40b00000, 0x40e00000, 0xc0e00000],
);
const SPECIAL = new Float32Array(BITS.buffer);

/** `count` numbers, of which every third is special, another one with each `shift`. */
function numbers(count: number, shift: number): Float32Array {
  const values = Float32Array.from({ length: count }, (_, i) => 2 * Math.sin(i + shift + 1));
  const bits = new Uint32Array(values.buffer);
  for (let i = shift % 3; i < count; i += 3) bits[i] = BITS[(i + shift) % BITS.length]!;
  return values;
}

/** Numbers that fill vectors and leave every rest, in blocks of 4, 8, 16 and more. */
const COUNTS = [1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 23, 37, 64, 97];

/** Fails unless `actual` is NaN and infinite exactly where `expected` is, and near it elsewhere. */
function expectNumbers(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string, absolute = 0): void {
  expect(actual.length, what).toBe(expected.length);
  for (let i = 0; i < actual.length; i++) {
    const [a, e] = [actual[i]!, Math.fround(expected[i]!)];
    const isClose = Number.isFinite(e) && Math.abs(a - e) <= Math.max(1e-5 * Math.max(Math.abs(e), 1e-3), absolute);
    if (!(Object.is(a, e) || a === e || isClose)) expect.fail(`${what}, number ${i}: ${a} instead of ${e}`);
  }
}

afterAll(async () => {
  await tf.setBackend('cpu');
});

type Unary = readonly [apply: (x: tf.Tensor) => tf.Tensor, exact: (x: number) => number];
const { abs, ceil, elu, erf, exp, expm1, floor, leakyRelu, log, log1p, neg, reciprocal, relu, relu6 } = tf;
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const SELU = [1.0507009873554805, 1.7580993408473766] as const;

const UNARY: Readonly<Record<string, Unary>> = {
  abs: [abs, Math.abs],
  atan: [tf.atan, Math.atan],
  ceil: [ceil, Math.ceil],
  clip: [(x) => tf.clipByValue(x, -0.5, 0.75), (x) => Math.min(Math.max(x, -0.5), 0.75)],
  elu: [elu, (x) => (x < 0 ? Math.expm1(x) : x)],
  erf: [erf, (x) => (Number.isNaN(x) ? x : erfOf(x))],
  exp: [exp, Math.exp],
  expm1: [expm1, Math.expm1],
  floor: [floor, Math.floor],
  isNaN: [(x) => tf.cast(tf.isNaN(x), 'float32'), (x) => Number(Number.isNaN(x))],
  isFinite: [(x) => tf.cast(tf.isFinite(x), 'float32'), (x) => Number(Number.isFinite(x))],
  isInf: [(x) => tf.cast(tf.isInf(x), 'float32'), (x) => Number(Math.abs(x) === Infinity)],
  leakyRelu: [(x) => leakyRelu(x, 0.25), (x) => (x < 0 ? 0.25 * x : x)],
  log: [log, Math.log],
  log1p: [log1p, Math.log1p],
  logSigmoid: [tf.logSigmoid, (x) => -(Math.max(-x, 0) + Math.log1p(Math.exp(-Math.abs(x))))],
  neg: [neg, (x) => -x],
  prelu: [(x) => tf.prelu(x, tf.fill(x.shape, 0.25)), (x) => (x < 0 ? 0.25 * x : x)],
  'prelu of a row': [
    (x) => tf.reshape(tf.prelu(tf.reshape(x, [1, x.size]), tf.fill([x.size], 0.25)), [-1]),
    (x) => (x < 0 ? 0.25 * x : x),
  ],
  'prelu of one slope': [(x) => tf.prelu(x, tf.tensor1d([0.25])), (x) => (x < 0 ? 0.25 * x : x)],
  reciprocal: [reciprocal, (x) => 1 / x],
  relu: [relu, (x) => Math.max(x, 0)],
  relu6: [relu6, (x) => Math.min(Math.max(x, 0), 6)],
  rsqrt: [tf.rsqrt, (x) => 1 / Math.sqrt(x)],
  selu: [tf.selu, (x) => (x < 0 ? SELU[1] * Math.expm1(x) : SELU[0] * x)],
  sigmoid: [tf.sigmoid, sigmoid],
  sign: [tf.sign, Math.sign],
  softplus: [tf.softplus, (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))],
  sqrt: [tf.sqrt, Math.sqrt],
  square: [tf.square, (x) => x * x],
  step: [(x) => tf.step(x, 0.25), (x) => (Number.isNaN(x) ? x : x > 0 ? 1 : 0.25)],
  tanh: [tf.tanh, Math.tanh],
  'the gradient of relu': [(x) => gradient(relu, x), (x) => (Number.isNaN(x) ? x : Number(x > 0))],
  'the gradient of relu6': [(x) => gradient(relu6, x), (x) => (Number.isNaN(x) ? x : Number(x > 0 && x <= 6))],
  'the gradient of elu': [(x) => gradient(elu, x), (x) => (x < 0 ? Math.exp(x) : Number.isNaN(x) ? x : 1)],
  'the gradient of sigmoid': [(x) => gradient(tf.sigmoid, x), (x) => sigmoid(x) * (1 - sigmoid(x))],
  'the gradient of tanh': [(x) => gradient(tf.tanh, x), (x) => 1 - Math.fround(Math.fround(Math.tanh(x)) ** 2)],
  'the gradient of exp': [(x) => gradient(exp, x), Math.exp],
};

function gradient(f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor): tf.Tensor {
  return tf.grad(f)(x);
}

/** The error function by its series, or its continued fraction far from 0; good to 1e-7. */
function erfOf(x: number): number {
  if (Math.abs(x) > 4) return Math.sign(x);
  let [term, sum] = [x, x];
  for (let n = 1; n < 120; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

describe('functions of one number', () => {
  it.each(Object.entries(UNARY))('%s is what arithmetic gives', async (name, [apply, exact]) => {
    for (const count of COUNTS) {
      for (let shift = 0; shift < BITS.length; shift += 2) {
        const values = numbers(count, shift);
        const [y] = await runOnThreads([{ values }], (x) => apply(x!));
        // The approximation of erf is good to 1.5e-7 of 1, whatever the value.
        expectNumbers(y!.values, Array.from(values, exact), `${name} of ${count}`, name === 'erf' ? 2e-7 : 0);
      }
    }
  });
});

type Binary = readonly [apply: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, exact: (a: number, b: number) => number];

const BINARY: Readonly<Record<string, Binary>> = {
  add: [tf.add, (a, b) => Math.fround(a + b)],
  sub: [tf.sub, (a, b) => Math.fround(a - b)],
  mul: [tf.mul, (a, b) => Math.fround(a * b)],
  div: [tf.div, (a, b) => Math.fround(a / b)],
  maximum: [tf.maximum, Math.max],
  minimum: [tf.minimum, Math.min],
  squaredDifference: [tf.squaredDifference, (a, b) => Math.fround(Math.fround(a - b) ** 2)],
  greater: [tf.greater, (a, b) => Number(a > b)],
  greaterEqual: [tf.greaterEqual, (a, b) => Number(a >= b)],
  less: [tf.less, (a, b) => Number(a < b)],
  lessEqual: [tf.lessEqual, (a, b) => Number(a <= b)],
  equal: [tf.equal, (a, b) => Number(a === b)],
  notEqual: [tf.notEqual, (a, b) => Number(a !== b)],
  'where the first is above 0': [(a, b) => tf.where(tf.greater(a, 0), a, b), (a, b) => (a > 0 ? a : b)],
  addN: [(a, b) => tf.addN([a, b, a]), (a, b) => Math.fround(Math.fround(a + b) + a)],
};

describe('functions of two numbers', () => {
  it.each(Object.entries(BINARY))(
    '%s is what arithmetic gives, of equal shapes, rows, columns and one number',
    async (name, [apply, exact]) => {
      for (const count of COUNTS) {
        for (let shift = 0; shift < BITS.length; shift += 4) {
          const [a, b] = [numbers(count, shift), numbers(count, shift * 2 + 1)];
          const one = Float32Array.of(SPECIAL[shift % SPECIAL.length]!);
          const canBroadcast = name !== 'addN';
          const [same, row, column, first, second] = await runOnThreads(
            [{ values: a }, { values: b }, { values: one, shape: [] }],
            (a, b, one) => [
              apply(a!, b!),
              ...(canBroadcast
                ? [
                    apply(tf.tile(tf.reshape(a!, [1, count]), [3, 1]), b!),
                    apply(tf.tile(tf.reshape(a!, [count, 1]), [1, 3]), tf.reshape(b!, [count, 1])),
                    apply(a!, one!),
                    apply(one!, a!),
                  ]
                : []),
            ],
          );
          const expected = Array.from(a, (each, i) => exact(each, b[i]!));
          expectNumbers(same!.values, expected, `${name} of ${count}`);
          if (!canBroadcast) continue;
          expectNumbers(row!.values, [...expected, ...expected, ...expected], `${name} with a row of ${count}`);
          expectNumbers(
            column!.values,
            expected.flatMap((each) => [each, each, each]),
            `${name} with a column of ${count}`,
          );
          expectNumbers(
            first!.values,
            Array.from(a, (each) => exact(each, one[0]!)),
            `${name} with ${one[0]}`,
          );
          expectNumbers(
            second!.values,
            Array.from(a, (each) => exact(one[0]!, each)),
            `${name} of ${one[0]} and`,
          );
        }
      }
    },
  );
});

const sum = (x: readonly number[]) => x.reduce((a, b) => Math.fround(a + b), 0);
const softmax = (x: readonly number[]) => {
  const largest = Math.max(...x);
  const powers = x.map((each) => Math.exp(each - largest));
  return powers.map((each) => each / powers.reduce((a, b) => a + b, 0));
};

const REDUCTIONS: Readonly<
  Record<string, readonly [(x: tf.Tensor, axis: number) => tf.Tensor, (x: readonly number[]) => number[]]>
> = {
  sum: [tf.sum, (x) => [sum(x)]],
  mean: [tf.mean, (x) => [sum(x) / x.length]],
  max: [tf.max, (x) => [Math.max(...x)]],
  min: [tf.min, (x) => [Math.min(...x)]],
  prod: [tf.prod, (x) => [x.reduce((a, b) => Math.fround(a * b), 1)]],
  any: [(x, axis) => tf.any(tf.cast(x, 'bool'), axis), (x) => [Number(x.some((each) => each !== 0))]],
  all: [(x, axis) => tf.all(tf.cast(x, 'bool'), axis), (x) => [Number(x.every((each) => each !== 0))]],
  softmax: [(x, axis) => (axis === 1 ? tf.softmax(x) : tf.transpose(tf.softmax(tf.transpose(x)))), softmax],
  cumsum: [tf.cumsum, (x) => x.map((_, i) => sum(x.slice(0, i + 1)))],
  norm: [(x, axis) => tf.norm(x, 2, axis), (x) => [Math.sqrt(x.reduce((a, b) => a + b * b, 0))]],
};

describe('reductions', () => {
  it.each(Object.entries(REDUCTIONS))(
    '%s of a row or a column with one special number is what arithmetic gives',
    async (name, [apply, exact]) => {
      for (const count of COUNTS) {
        // One special number in each row, at another place. The ends of float32 would overflow in one order and not in another.
        for (const special of SPECIAL.filter((each) => !(Math.abs(each) > 1e30 && Number.isFinite(each)))) {
          const rows = Array.from({ length: 5 }, (_, row) =>
            Float32Array.from({ length: count }, (_, i) =>
              i === (row * 7) % count ? special : 1 + Math.sin(i + row) / 2,
            ),
          );
          // A NaN of a number loses its sign.
          const bits = BITS[SPECIAL.indexOf(special)];
          if (bits !== undefined)
            for (const [row, values] of rows.entries()) new Uint32Array(values.buffer)[(row * 7) % count] = bits;
          const values = Float32Array.from(rows.flatMap((row) => [...row]));
          const [along, down] = await runOnThreads([{ values, shape: [5, count] }], (x) => [
            tf.reshape(apply(x!, 1), [-1]),
            tf.reshape(tf.transpose(tf.reshape(apply(tf.transpose(x!), 0), [-1, 5])), [-1]),
          ]);
          const expected = rows.flatMap((row) => exact([...row]));
          expectNumbers(along!.values, expected, `${name} of rows of ${count} with ${special}`);
          expectNumbers(down!.values, expected, `${name} of columns of ${count} with ${special}`);
        }
      }
    },
  );
});

describe('what multiplies', () => {
  const activations = {
    linear: (x: number) => x,
    relu: (x: number) => Math.max(x, 0),
    relu6: (x: number) => Math.min(Math.max(x, 0), 6),
    elu: (x: number) => (x < 0 ? Math.expm1(x) : x),
    sigmoid,
    leakyrelu: (x: number) => (x < 0 ? 0.25 * x : x),
    prelu: (x: number) => (x < 0 ? 0.5 * x : x),
  };

  it.each(Object.entries(activations))(
    'carries NaN and infinities to where they belong, with %s',
    async (activation, exact) => {
      for (const channels of [1, 3, 4, 5, 8, 9, 17]) {
        for (let shift = 0; shift < 4; shift++) {
          // One special number, in the middle of 3 x 3 pixels, in each channel: it meets every output of a 3 x 3 filter.
          const values = Float32Array.from({ length: 9 * channels }, () => 0.25);
          const bits = new Uint32Array(values.buffer);
          for (let c = 0; c < channels; c++) bits[4 * channels + c] = BITS[shift]!;
          const special = SPECIAL[shift]!;
          const ending = (width: number) => ({
            bias: tf.fill([width], -0.5),
            activation: activation as 'relu',
            leakyreluAlpha: 0.25,
            ...(activation === 'prelu' ? { preluActivationWeights: tf.fill([width], 0.5) } : {}),
          });
          const [dense, flat, deep, plain, transposed] = await runOnThreads([{ values, shape: [9, channels] }], (x) => {
            const image = tf.reshape<tf.Rank.R4>(x!, [1, 3, 3, channels]);
            const same = { strides: 1, pad: 'same' as const };
            return [
              tf.fused.matMul({ a: x!, b: tf.ones([channels, 5]), ...ending(5) }),
              tf.fused.conv2d({ x: image, filter: tf.ones([3, 3, channels, 5]), ...same, ...ending(5) }),
              tf.fused.depthwiseConv2d({
                x: image,
                filter: tf.ones([3, 3, channels, 2]),
                ...same,
                ...ending(2 * channels),
              }),
              tf.conv2d(image, tf.zeros([3, 3, channels, 2]), 1, 'same'),
              tf.matMul(tf.zeros([9, 7]), x!, true, false),
            ];
          });
          const pixels = (x: number, taps: number) => exact(special + 0.25 * (taps - 1) * x - 0.5);
          // 9 taps in the middle, 6 at an edge, 4 in a corner.
          const taps = [4, 6, 4, 6, 9, 6, 4, 6, 4];
          const ofChannels = (count: number) => channels * special + 0.25 * (count - 1) * channels - 0.5;
          expectNumbers(
            dense!.values,
            taps.flatMap((_, row) => Array(5).fill(exact((row === 4 ? channels * special : channels * 0.25) - 0.5))),
            'dense',
          );
          expectNumbers(
            flat!.values,
            taps.flatMap((count) => Array(5).fill(exact(ofChannels(count)))),
            'conv2d',
          );
          expectNumbers(
            deep!.values,
            taps.flatMap((count) => Array(2 * channels).fill(pixels(1, count))),
            'depthwise',
          );
          // 0 times NaN or infinity is NaN.
          expectNumbers(plain!.values, Array(18).fill(Number.NaN), 'conv2d with zeros');
          expectNumbers(transposed!.values, Array(7 * channels).fill(Number.NaN), 'matMul with zeros');
        }
      }
    },
  );

  it('carries them back, too', async () => {
    for (const shift of [0, 1, 2, 3]) {
      const values = Float32Array.from({ length: 36 }, () => 1);
      new Uint32Array(values.buffer).fill(BITS[shift]!, 16, 20);
      const gradients = await runOnThreads([{ values, shape: [1, 3, 3, 4] }], (dy) => {
        const image = tf.ones([1, 3, 3, 4]) as tf.Tensor4D;
        const apply = (x: tf.Tensor, w: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same');
        const deep = (x: tf.Tensor, w: tf.Tensor) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same');
        return [
          ...tf.grads((x, w) => tf.mul(apply(x, w), dy!))([image, tf.zeros([3, 3, 4, 4])]),
          ...tf.grads((x, w) => tf.mul(deep(x, w), dy!))([image, tf.zeros([3, 3, 4, 1])]),
          ...tf.grads((a, b) => tf.mul(tf.matMul(a, b), tf.reshape(dy!, [9, 4])))([tf.ones([9, 5]), tf.ones([5, 4])]),
        ];
      });
      for (const [i, { values }] of gradients.entries()) {
        expect(
          Array.from(values).some((value) => !Number.isFinite(value)),
          `gradient ${i}, ${SPECIAL[shift]}`,
        ).toBe(true);
      }
    }
  });
});
