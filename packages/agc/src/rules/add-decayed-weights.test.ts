import { expectTensorClose } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { disposeOptimizer } from '../__fixtures__/optimizers.js';
import { type AddDecayedWeightsArgs, addDecayedWeights, withTransforms } from '../index.js';

/** Gradients of 1 at parameters of 10, decayed. */
function decay(shapes: Record<string, number[]>, args: AddDecayedWeightsArgs): number[] {
  const params = tf.tidy(() =>
    Object.entries(shapes).map(([name, shape]) => tf.variable(tf.fill(shape, 10), true, name)),
  );
  const values = tf.tidy(() => {
    const result = addDecayedWeights(args).apply(params.map((param) => ({ param, grad: tf.onesLike(param) })));
    return result.map((tensor) => tensor.dataSync()[0]!);
  });
  tf.dispose(params);
  return values;
}

it('adds a multiple of kernels, not of biases, gains or skip gains', () => {
  const shapes = {
    'a/kernel': [2, 3],
    'b/kernel': [3, 3, 2, 4],
    'b/bias': [4],
    'b/gain': [4],
    'skip/gain': [],
    'c/kernel': [2, 3],
  };
  expectTensorClose(decay(shapes, { weightDecay: 0.1 }), [2, 2, 1, 1, 1, 2]);
  expectTensorClose(decay(shapes, { weightDecay: 0.1, exclude: ['b', 'c/kernel'] }), [2, 1, 1, 1, 1, 1]);
  expect(decay(shapes, { weightDecay: 0 })).toEqual([1, 1, 1, 1, 1, 1]);
});

it('gives coupled decay under Nesterov momentum', () => {
  // lr .1, momentum .9, decay 2e-5 from p = 1: g = .50002, m = .50002, p = 1 - .1 (.50002 + .9 * .50002) = .9049962.
  const p = tf.tidy(() => tf.variable(tf.tensor2d([[1]])));
  const optimizer = withTransforms(tf.train.momentum(0.1, 0.9, true), addDecayedWeights({ weightDecay: 2e-5 }));
  for (const [gradient, expected] of [
    [0.5, 0.9049962],
    [-0.2, 0.902491141],
  ] as const) {
    tf.tidy(() => optimizer.applyGradients({ [p.name]: tf.tensor2d([[gradient]]) }));
    expectTensorClose(p, [expected], { absolute: 1e-7, relative: 0 });
  }
  disposeOptimizer(optimizer);
  p.dispose();
});

it('refuses bad options', () => {
  for (const weightDecay of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => addDecayedWeights({ weightDecay })).toThrow(
      `addDecayedWeights: \`weightDecay\` must be finite and >= 0, got ${weightDecay}.`,
    );
  }
  expect(() => addDecayedWeights({} as AddDecayedWeightsArgs)).toThrow(/`weightDecay` must be a number, got undefined/);
  expect(() => addDecayedWeights(2e-5 as never)).toThrow(
    /options must be an object like \{ weightDecay, exclude \}, got 0.00002/,
  );
  expect(() => addDecayedWeights({ weightDecay: 0, exclude: 'head' as never })).toThrow(/`exclude` must be an array/);
  expect(() => decay({ 'a/kernel': [2, 2] }, { weightDecay: 1, exclude: ['b'] })).toThrow(/`exclude` .* got 'b'/);
  tf.dispose(tf.engine().registeredVariables['a/kernel']!);
});
