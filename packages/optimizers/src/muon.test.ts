import { goldenValues } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { type MuonArgs, muon } from './index.js';
import { kernelMatrices, stepScale } from './kernel-matrices.js';

afterEach(() => tf.disposeVariables());

describe('kernelMatrices', () => {
  it.each([
    ['a dense kernel', [5, 7], 'kernel', { count: 1, rows: 5, columns: 7 }, { count: 1, rows: 5, columns: 7 }],
    ['a convolution', [3, 3, 5, 7], 'kernel', { count: 1, rows: 45, columns: 7 }, { count: 9, rows: 5, columns: 7 }],
    ['one of 1 x 1', [1, 1, 5, 7], 'kernel', { count: 1, rows: 5, columns: 7 }, { count: 1, rows: 5, columns: 7 }],
    ['one of sequences', [3, 5, 7], 'kernel', { count: 1, rows: 15, columns: 7 }, { count: 3, rows: 5, columns: 7 }],
    ['a vector', [7], 'bias', undefined, undefined],
    ['a scalar', [], 'skip_gain', undefined, undefined],
    ['one output', [5, 1], 'kernel', undefined, undefined],
    ['one input', [3, 3, 1, 7], 'kernel', undefined, undefined],
    ['a depthwise kernel', [3, 3, 5, 2], 'depthwise_kernel', undefined, undefined],
    ['that of a second model', [3, 3, 5, 2], 'depthwise_kernel_1', undefined, undefined],
    [
      'its pointwise kernel',
      [1, 1, 10, 7],
      'pointwise_kernel',
      { count: 1, rows: 10, columns: 7 },
      { count: 1, rows: 10, columns: 7 },
    ],
  ])('of %s', (_, shape, weight, flatten, batched) => {
    expect(kernelMatrices(shape, weight, 'flatten')).toEqual(flatten);
    expect(kernelMatrices(shape, weight, 'batched')).toEqual(batched);
  });
});

it('scales steps by their sides, and those at nine positions by a third', () => {
  const [wide, tall] = [
    { count: 1, rows: 4, columns: 16 },
    { count: 9, rows: 16, columns: 4 },
  ];
  expect([wide, tall].map((each) => stepScale(each, 'original'))).toEqual([2, 1 / 3]);
  expect([wide, tall].map((each) => stepScale(each, 'matchRmsAdamW'))).toEqual([0.8, 0.8 / 3]);
});

const SHAPES = {
  'stem/kernel': [3, 3, 2, 4],
  'stem/bias': [4],
  'middle/depthwise_kernel': [3, 3, 4, 2],
  'dense/kernel': [4, 3],
  'head/kernel': [3, 2],
  'head/bias': [2],
};

/** Weights that are ones, after a step by zeros or golden gradients. */
function step(args: Omit<MuonArgs, 'learningRate'>, isZero = false) {
  const optimizer = muon({ learningRate: 0.5, exclude: ['head'], ...args });
  const weights = Object.entries(SHAPES).map(([name, shape]) => tf.tidy(() => tf.variable(tf.ones(shape), true, name)));
  tf.tidy(() =>
    optimizer.applyGradients(
      Object.fromEntries(
        weights.map(({ name, shape, size }) => [
          name,
          isZero ? tf.zeros(shape) : tf.tensor(goldenValues(name, size), shape),
        ]),
      ),
    ),
  );
  return { optimizer, weights };
}

it.each(['adamW', 'sgd'] as const)('keeps of every weight what moves it, with the fallback %s', async (fallback) => {
  const { optimizer } = step({ fallback });
  const names = (await optimizer.getWeights()).slice(1).map(({ name }) => name);
  const matrices = ['stem/kernel', 'dense/kernel'];
  const others = Object.keys(SHAPES).filter((name) => !matrices.includes(name));
  expect(names).toEqual(
    fallback === 'sgd'
      ? Object.keys(SHAPES).map((name) => `${name}/velocity`)
      : [
          ...matrices.map((name) => `${name}/velocity`),
          ...others.map((name) => `${name}/mean`),
          ...others.map((name) => `${name}/meanSquare`),
          'meanShare',
          'meanSquareShare',
        ],
  );
  optimizer.dispose();
});

it('decays all kernels, each at the rate that moves it, and nothing else', () => {
  const { optimizer, weights } = step({ weightDecay: 0.25, fallbackRateFactor: 2 }, true);
  const values = Object.fromEntries(weights.map((weight) => [weight.name, weight.dataSync()[0]]));
  // 1 - 0.5 * 0.25, and 1 - 1 * 0.25.
  expect(values).toEqual({
    'stem/kernel': 0.875,
    'stem/bias': 1,
    'middle/depthwise_kernel': 0.75,
    'dense/kernel': 0.875,
    'head/kernel': 0.75,
    'head/bias': 1,
  });
  optimizer.dispose();
});

it('moves no element against its gradient where it is cautious', () => {
  const { optimizer, weights } = step({ cautious: true });
  for (const weight of weights) {
    for (const [i, gradient] of goldenValues(weight.name, weight.size).entries()) {
      expect((1 - weight.dataSync()[i]!) * gradient).toBeGreaterThanOrEqual(0);
    }
  }
  optimizer.dispose();
});

it('says which name of `exclude` nothing has', () => {
  expect(() => step({ exclude: ['haed'] })).toThrow("muon: `exclude` must name layers ('head') or weights");
});
