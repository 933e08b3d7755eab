import { describeLayer, expectTensorClose, goldenValues } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { ACTIVATIONS } from './activations.js';
import { type ActivationName, GAMMA, gammaActivation, scaledActivation } from './index.js';

const names = Object.keys(GAMMA) as ActivationName[];
const POINTS = [-3, -1, -0.5, 0, 0.5, 1, 3];

describe('scaledActivation', () => {
  it.each([
    ['gelu', [-0.006189, -0.270213, -0.262518, 0, 0.588234, 1.431292, 5.098324]],
    ['geluErf', [-0.006891, -0.269953, -0.262489, 0, 0.588263, 1.431552, 5.097622]],
    ['relu', [0, 0, 0, 0, 0.856979, 1.713959, 5.141877]],
    ['silu', [-0.254411, -0.480902, -0.337546, 0, 0.556519, 1.307227, 5.109977]],
  ] as const)('gives the reference values of %s', (name, expected) => {
    tf.tidy(() => expectTensorClose(scaledActivation(name, tf.tensor1d(POINTS)), [...expected]));
  });

  it('is the tanh form of gelu, not the erf form', () => {
    tf.tidy(() => {
      const [value] = scaledActivation('gelu', tf.tensor1d([-3])).dataSync();
      expect(value).not.toBeCloseTo(-0.006891, 4);
    });
  });

  // The definitions, in tfjs's own ops: their gradients are the ones to match.
  const definitions: Record<ActivationName, (x: tf.Tensor) => tf.Tensor> = {
    identity: (x) => tf.mul(x, 1),
    celu: (x) => tf.elu(x),
    elu: (x) => tf.elu(x),
    gelu: (x) => {
      const inner = tf.mul(tf.add(x, tf.mul(tf.mul(x, tf.mul(x, x)), 0.044715)), Math.sqrt(2 / Math.PI));
      return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1));
    },
    geluErf: (x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1)),
    glu: (x) => {
      const [content, gate] = tf.split(x, 2, -1);
      return tf.mul(content!, tf.sigmoid(gate!));
    },
    leakyRelu: (x) => tf.leakyRelu(x, 0.01),
    logSigmoid: (x) => tf.logSigmoid(x),
    logSoftmax: (x) => tf.logSoftmax(x),
    relu: (x) => tf.relu(x),
    relu6: (x) => tf.relu6(x),
    selu: (x) => tf.selu(x),
    sigmoid: (x) => tf.sigmoid(x),
    silu: (x) => tf.mul(x, tf.sigmoid(x)),
    softSign: (x) => tf.div(x, tf.add(1, tf.abs(x))),
    softplus: (x) => tf.softplus(x),
    tanh: (x) => tf.tanh(x),
  };

  it.each(names)('%s has the value and gradient of its definition, times gamma and scale', (name) => {
    tf.tidy(() => {
      // Off the kinks at 0 and 6.
      const x = tf.add(tf.mul(tf.tensor2d(goldenValues(name, 40), [5, 8]), 9), 0.0123);
      const weighting = (y: tf.Tensor) => tf.tensor(goldenValues('weighting', y.size), y.shape);
      const total = (y: tf.Tensor) => tf.sum(tf.mul(y, weighting(y)));
      const factor = GAMMA[name] * 0.7;
      const expected = (x: tf.Tensor) => tf.mul(definitions[name](x), factor);
      expectTensorClose(scaledActivation(name, x, 0.7), expected(x));
      const gradient = tf.grad((x: tf.Tensor) => total(scaledActivation(name, x, 0.7)))(x);
      expectTensorClose(gradient, tf.grad((x: tf.Tensor) => total(expected(x)))(x), { relative: 1e-4, absolute: 1e-4 });
    });
  });

  it.each(names.filter((name) => name !== 'glu' && name !== 'logSoftmax'))(
    '%s gives a normal input unit variance',
    (name) => {
      tf.tidy(() => {
        // Midpoints of equal slices of the normal distribution: no sampling noise.
        const count = 20_000;
        const normal = Float32Array.from({ length: count }, (_, i) => inverseNormal((i + 0.5) / count));
        const { variance } = tf.moments(scaledActivation(name, tf.tensor1d(normal)));
        expect(Math.abs(variance.dataSync()[0]! - 1)).toBeLessThan(2.5e-3);
      });
    },
  );

  it.each(names)('%s keeps one tensor for its gradient', (name) => {
    tf.tidy(() => {
      const x = tf.tensor2d(goldenValues('x', 64), [8, 8]);
      let inForward = 0;
      tf.grad((x: tf.Tensor) => {
        const before = tf.memory().numDataBuffers;
        const y = scaledActivation(name, x);
        // The output, and no other new buffer: x is shared with the caller.
        inForward = tf.memory().numDataBuffers - before;
        return tf.sum(y);
      })(x);
      expect(inForward).toBeLessThanOrEqual(1);
    });
  });

  it('lets non-finite values through', () => {
    tf.tidy(() => {
      for (const name of names.filter((name) => name !== 'logSoftmax' && name !== 'glu')) {
        const values = scaledActivation(name, tf.tensor1d([Number.NaN])).dataSync();
        // tfjs's own relu and step drop NaN on some backends; what is made of arithmetic must not.
        if (!['relu', 'relu6', 'leakyRelu', 'elu', 'celu', 'selu'].includes(name)) expect(values[0]).toBeNaN();
      }
    });
  });

  it('names what is allowed', () => {
    tf.tidy(() => {
      expect(() => scaledActivation('swish' as 'silu', tf.scalar(1))).toThrow(
        /`activation` must be one of 'identity', 'celu', .*'tanh', got "swish"/,
      );
      expect(() => scaledActivation('glu', tf.zeros([2, 3]))).toThrow(
        'glu: the number of channels must be even, got 3',
      );
    });
  });

  it('has an implementation for every gamma and no other', () => {
    expect(Object.keys(ACTIVATIONS).sort()).toEqual([...names].sort());
    expect(names).toHaveLength(17);
  });
});

describe('gammaActivation', () => {
  describeLayer(() => gammaActivation({ activation: 'leakyRelu', scale: 0.9 }), { inputShape: [3, 3, 4] });
  describeLayer(() => gammaActivation({ activation: 'glu' }), { inputShape: [3, 3, 4] });
  describeLayer(() => gammaActivation({ activation: 'silu', gamma: 1 }), { inputShape: [3, 3, 4] });

  it('leaves gamma out where it is told to', () => {
    tf.tidy(() => {
      const y = gammaActivation({ activation: 'relu', scale: 0.5, gamma: 1 }).apply(tf.tensor2d([[-1, 3]]));
      expectTensorClose(y as tf.Tensor, [0, 1.5]);
    });
  });

  it('refuses a scale that is not finite', () => {
    expect(() => gammaActivation({ activation: 'relu', scale: Number.NaN })).toThrow('`scale` must be finite, got NaN');
  });
});

/** Quantile of the standard normal distribution, by Newton's method on a series for the distribution function. */
function inverseNormal(p: number): number {
  let x = 0;
  for (let i = 0; i < 50; i++) {
    const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
    const step = (normalCdf(x) - p) / Math.max(density, 1e-12);
    x -= Math.max(-0.5, Math.min(0.5, step));
    if (Math.abs(step) < 1e-12) break;
  }
  return x;
}

function normalCdf(x: number): number {
  let term = x;
  let sum = x;
  for (let k = 1; k < 200; k++) {
    term *= (x * x) / (2 * k + 1);
    sum += term;
  }
  return 0.5 + sum * (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI));
}
