import * as tf from '@tensorflow/tfjs-core';
import type { ActivationName } from './gamma.js';

/** An activation, and its gradient from the input alone. */
interface Activation {
  value(x: tf.Tensor): tf.Tensor;
  /** The gradient by `x`, given the gradient `dy` by the value. */
  gradient(dy: tf.Tensor, x: tf.Tensor): tf.Tensor;
  /** `factor` times the gradient, in fewer ops for who has `y`, `factor` times the value. */
  gradientFromOutput?(dy: tf.Tensor, x: tf.Tensor, y: tf.Tensor, factor: number): tf.Tensor;
}

/** An activation applied to each element, from its value and its slope. */
const elementwise = (value: (x: tf.Tensor) => tf.Tensor, slope: (x: tf.Tensor) => tf.Tensor): Activation => ({
  value,
  gradient: (dy, x) => tf.mul(dy, slope(x)),
});

// elu and celu with alpha 1 are the same function.
const elu = elementwise(tf.elu, (x) => tf.exp(tf.minimum(x, 0)));

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

// The tanh approximation in its sigmoid form: 0.5 (1 + tanh(u)) = sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x³).
const GELU_SLOPE = 2 * Math.sqrt(2 / Math.PI);
const GELU_CUBIC = 0.044715;
const geluGate = (x: tf.Tensor, square: tf.Tensor) =>
  tf.sigmoid(tf.mul(x, tf.add(tf.mul(square, GELU_SLOPE * GELU_CUBIC), GELU_SLOPE)));

const geluGateSlope = (square: tf.Tensor) => tf.add(tf.mul(square, 3 * GELU_SLOPE * GELU_CUBIC), GELU_SLOPE);

/** Slope of `x * gate(x)` where `gate = sigmoid(inner(x))`: `gate * (1 + x * (1 - gate) * inner'(x))`. */
const gatedSlope = (gate: tf.Tensor, xTimesInnerSlope: tf.Tensor) =>
  tf.mul(gate, tf.add(tf.mul(xTimesInnerSlope, tf.sub(1, gate)), 1));

/** Probability that a standard normal number is below `x`. */
const normalCdf = (x: tf.Tensor) => tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);

/** The 16 activations of the reference table and the exact gelu, without their gamma. */
export const ACTIVATIONS: Record<ActivationName, Activation> = {
  identity: { value: (x) => tf.clone(x), gradient: (dy) => tf.clone(dy) },
  celu: elu,
  elu,
  gelu: {
    ...elementwise(
      (x) => tf.mul(x, geluGate(x, tf.square(x))),
      (x) => {
        const square = tf.square(x);
        return gatedSlope(geluGate(x, square), tf.mul(x, geluGateSlope(square)));
      },
    ),
    // With y = factor * x * gate, factor times the slope is factor * gate + y * (1 - gate) * inner'.
    gradientFromOutput(dy, x, y, factor) {
      const square = tf.square(x);
      const gate = geluGate(x, square);
      const curve = tf.mul(tf.mul(y, geluGateSlope(square)), tf.sub(1, gate));
      return tf.mul(dy, tf.add(factor === 1 ? gate : tf.mul(gate, factor), curve));
    },
  },
  geluErf: elementwise(
    (x) => tf.mul(x, normalCdf(x)),
    (x) => tf.add(normalCdf(x), tf.mul(x, tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI)))),
  ),
  glu: {
    value(x) {
      const [content, gate] = splitChannels(x);
      return tf.mul(content, tf.sigmoid(gate));
    },
    gradient(dy, x) {
      const [content, gate] = splitChannels(x);
      const open = tf.sigmoid(gate);
      const contentGradient = tf.mul(dy, open);
      return tf.concat([contentGradient, tf.mul(tf.mul(contentGradient, content), tf.sub(1, open))], -1);
    },
  },
  leakyRelu: elementwise(
    (x) => tf.leakyRelu(x, 0.01),
    (x) => tf.step(x, 0.01),
  ),
  logSigmoid: elementwise(tf.logSigmoid, (x) => tf.sigmoid(tf.neg(x))),
  logSoftmax: {
    value: (x) => tf.logSoftmax(x),
    gradient: (dy, x) => tf.sub(dy, tf.mul(tf.softmax(x), tf.sum(dy, -1, true))),
  },
  relu: elementwise(tf.relu, (x) => tf.step(x)),
  relu6: elementwise(tf.relu6, (x) => tf.sub(tf.step(x), tf.step(tf.sub(x, 6)))),
  selu: elementwise(tf.selu, (x) =>
    tf.where(tf.greater(x, 0), tf.fill(x.shape, SELU_SCALE), tf.mul(tf.exp(x), SELU_SCALE * SELU_ALPHA)),
  ),
  sigmoid: elementwise(tf.sigmoid, (x) => {
    const value = tf.sigmoid(x);
    return tf.mul(value, tf.sub(1, value));
  }),
  silu: {
    ...elementwise(
      (x) => tf.mul(x, tf.sigmoid(x)),
      (x) => gatedSlope(tf.sigmoid(x), x),
    ),
    // Where inner' is 1 that is y + gate * (factor - y).
    gradientFromOutput: (dy, x, y, factor) => tf.mul(dy, tf.add(y, tf.mul(tf.sigmoid(x), tf.sub(factor, y)))),
  },
  softSign: elementwise(
    (x) => tf.div(x, tf.add(tf.abs(x), 1)),
    (x) => tf.reciprocal(tf.square(tf.add(tf.abs(x), 1))),
  ),
  softplus: elementwise(tf.softplus, tf.sigmoid),
  tanh: elementwise(tf.tanh, (x) => tf.sub(1, tf.square(tf.tanh(x)))),
};

function splitChannels(x: tf.Tensor): [tf.Tensor, tf.Tensor] {
  const channels = x.shape.at(-1)!;
  if (channels % 2 !== 0) {
    throw new RangeError(`glu: the number of channels must be even, got ${channels}.`);
  }
  return tf.split(x, 2, -1) as [tf.Tensor, tf.Tensor];
}
