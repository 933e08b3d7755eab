import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import '../index.js';
import { expectSameOnBoth, runOn } from '../__fixtures__/both-backends.js';

/** 203 numbers: not a multiple of 4 or 16, with zero and both signs. */
const SPREAD = { values: Float32Array.from({ length: 203 }, (_, i) => (i - 101) / 7) };
const POSITIVE = { values: Float32Array.from({ length: 203 }, (_, i) => (i + 1) / 7) };

afterAll(async () => {
  await tf.setBackend('cpu');
});

/** Largest error of a function of one number, relative to the value and at least `floor`. */
async function worstError(f: (x: tf.Tensor) => tf.Tensor, exact: (x: number) => number, xs: Float32Array, floor = 0) {
  const [y] = await runOn('wasm', [{ values: xs }], (x) => f(x!));
  return Math.max(...xs.map((x, i) => Math.abs(y!.values[i]! - exact(x)) / Math.max(Math.abs(exact(x)), floor)));
}

const { tanh, erf, exp, expm1, softplus, selu, sign, leakyRelu, relu, square, step, sigmoid } = tf;
const { abs, neg, floor, ceil, round, elu } = tf;
const { greater, greaterEqual, less, lessEqual, equal, notEqual } = tf;

describe('functions of one number', () => {
  const tiny = Float32Array.from({ length: 101 }, (_, i) => (i - 50) * 1e-5).filter((x) => x !== 0);

  it('are right to a few roundings', async () => {
    expect(await worstError(tf.tanh, Math.tanh, SPREAD.values, 1e-30)).toBeLessThan(5e-7);
    expect(await worstError(tf.tanh, Math.tanh, tiny)).toBeLessThan(5e-7);
    expect(
      await worstError(
        tf.exp,
        Math.exp,
        Float32Array.from({ length: 170 }, (_, i) => i - 82),
      ),
    ).toBeLessThan(1e-6);
    expect(await worstError(tf.expm1, Math.expm1, SPREAD.values, 1e-30)).toBeLessThan(5e-7);
    expect(await worstError(tf.expm1, Math.expm1, tiny)).toBeLessThan(5e-7);
    expect(await worstError(tf.softplus, (x) => Math.log1p(Math.exp(x)), SPREAD.values)).toBeLessThan(1e-6);
    const logistic = (x: number) => 1 / (1 + Math.exp(-x));
    expect(await worstError(tf.sigmoid, logistic, SPREAD.values)).toBeLessThan(4e-7);
    // From the least denormal to the largest number, and those near 1.
    const ascending = Uint32Array.from({ length: 5000 }, (_, i) => 1 + i * 427_819);
    const aroundOne = Float32Array.from({ length: 500 }, (_, i) => 1 + (i - 250) * 1e-3).filter((x) => x !== 1);
    expect(await worstError(tf.log, Math.log, new Float32Array(ascending.buffer))).toBeLessThan(1.2e-7);
    expect(await worstError(tf.log, Math.log, aroundOne)).toBeLessThan(1.2e-7);
    expect(await worstError(tf.log1p, Math.log1p, new Float32Array(ascending.buffer))).toBeLessThan(2e-7);
    expect(await worstError(tf.log1p, Math.log1p, tiny)).toBeLessThan(2e-7);
    const aboveMinusOne = Float32Array.from({ length: 500 }, (_, i) => i / 500 - 0.999).filter((x) => x !== 0);
    expect(await worstError(tf.log1p, Math.log1p, aboveMinusOne)).toBeLessThan(2e-7);
  });

  it.each(
    Object.entries<(x: tf.Tensor) => tf.Tensor>({
      tanh,
      erf,
      exp,
      expm1,
      softplus,
      selu,
      sign,
      leakyRelu,
      relu,
      square,
      step,
      sigmoid,
      abs,
      neg,
      floor,
      ceil,
      round,
      elu,
      'the gradient of elu': (x) => tf.grad(elu)(x),
      prelu: (x) => tf.prelu(x, tf.reshape(tf.linspace(-1, 1, x.size), x.shape)),
    }),
  )('%s agrees with the cpu backend', async (_, f) => {
    await expectSameOnBoth([SPREAD], (x) => f(x!), 1e-6);
  });

  it.each([
    ['sqrt', tf.sqrt],
    ['rsqrt', tf.rsqrt],
    ['log', tf.log],
    ['log1p', tf.log1p],
    ['reciprocal', tf.reciprocal],
  ])('%s agrees with the cpu backend', async (_, f) => {
    await expectSameOnBoth([POSITIVE], (x) => f(x!), 1e-6);
  });

  it('take a slope', async () => {
    await expectSameOnBoth([SPREAD], (x) => [tf.leakyRelu(x!, 0.3), tf.step(x!, 0.3)], 1e-6);
  });

  it('carry infinities and NaN', async () => {
    const x = { values: [Infinity, -Infinity, Number.NaN, 1000, -1000] };
    const valuesOf = async (f: (x: tf.Tensor) => tf.Tensor) => [
      ...((await runOn('wasm', [x], (x) => f(x!)))[0]!.values as Float32Array),
    ];
    expect(await valuesOf(tf.tanh)).toEqual([1, -1, Number.NaN, 1, -1]);
    expect(await valuesOf(tf.erf)).toEqual([1, -1, Number.NaN, 1, -1]);
    expect(await valuesOf(tf.exp)).toEqual([Infinity, 0, Number.NaN, Infinity, 0]);
    expect(await valuesOf(tf.expm1)).toEqual([Infinity, -1, Number.NaN, Infinity, -1]);
    expect(await valuesOf(tf.softplus)).toEqual([Infinity, 0, Number.NaN, 1000, 0]);
    expect((await valuesOf(tf.selu))[2]).toBeNaN();
    expect((await valuesOf(tf.sign))[0]).toBe(1);
    expect(await valuesOf(tf.relu)).toEqual([Infinity, 0, Number.NaN, 1000, 0]);
    expect(await valuesOf(tf.step)).toEqual([1, 0, Number.NaN, 1, 0]);
    expect(await valuesOf(tf.sigmoid)).toEqual([1, 0, Number.NaN, 1, 0]);
    expect(await valuesOf(tf.elu)).toEqual([Infinity, -1, Number.NaN, 1000, -1]);
    expect(await valuesOf(tf.round)).toEqual([Infinity, -Infinity, Number.NaN, 1000, -1000]);
    const halves = { values: [0.5, 1.5, 2.5, -0.5, -1.5, 4_194_303.5] };
    const [rounded] = await runOn('wasm', [halves], (x) => tf.round(x!));
    expect([...(rounded!.values as Float32Array)]).toEqual([0, 2, 2, -0, -2, 4_194_304]);
    const [logs] = await runOn('wasm', [{ values: [-1, -2, Infinity, -0, 1e-30] }], (x) => tf.log1p(x!));
    expect([...(logs!.values as Float32Array)]).toEqual([-Infinity, Number.NaN, Infinity, -0, Math.fround(1e-30)]);
    const [ofZeros] = await runOn('wasm', [{ values: [0, -0, -1, 1] }], (x) => tf.log(x!));
    expect([...(ofZeros!.values as Float32Array)]).toEqual([-Infinity, -Infinity, Number.NaN, 0]);
  });
});

describe('comparisons', () => {
  const operations = { greater, greaterEqual, less, lessEqual, equal, notEqual };
  const other = { values: SPREAD.values.map((x, i) => (i % 3 === 0 ? x : -x)) };

  it.each(Object.entries<(a: tf.Tensor, b: tf.Tensor) => tf.Tensor>(operations))(
    '%s agrees with the cpu backend for equal shapes, numbers and other broadcasts',
    async (_, apply) => {
      await expectSameOnBoth([SPREAD, other], (a, b) => apply(a!, b!), 1e-6);
      await expectSameOnBoth([SPREAD], (a) => [apply(a!, tf.scalar(2)), apply(tf.scalar(2), a!)], 1e-6);
      await expectSameOnBoth(
        [[5, 7], [7], [5, 1], [1, 1, 1]],
        (a, row, column, one) => [apply(a!, row!), apply(column!, a!), apply(a!, one!), apply(row!, column!)],
        1e-6,
      );
      await expectSameOnBoth(
        [
          { values: [1, 2, 3], dtype: 'int32' },
          { values: [3, 2, 1], dtype: 'int32' },
        ],
        (a, b) => apply(a!, b!),
      );
    },
  );
});

describe('Select', () => {
  it('agrees with the cpu backend', async () => {
    await expectSameOnBoth(
      [
        [5, 9],
        [5, 9],
        [5, 1],
      ],
      (a, b, column) => [tf.where(tf.greater(a!, 0), a!, b!), tf.where(tf.greater(column!, 0), a!, b!)],
    );
  });
});

describe('a tensor under another name', () => {
  it('outlives the one it came from', async () => {
    const [copy] = await runOn('wasm', [{ values: [1, 2, 3] }], () => {
      const original = tf.tensor1d([4, 5, 6]);
      const clone = tf.clone(original);
      const cast = tf.cast(clone, 'float32');
      original.dispose();
      clone.dispose();
      return cast;
    });
    expect([...(copy!.values as Float32Array)]).toEqual([4, 5, 6]);
  });

  it('is a copy where the type changes', async () => {
    await expectSameOnBoth([{ values: [0, 1.7, -2.2] }], (x) => [
      tf.cast(x!, 'int32'),
      tf.cast(tf.greater(x!, 0), 'float32'),
    ]);
  });
});
