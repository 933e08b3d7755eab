import { nearest, oneOf, show } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import { ACTIVATIONS } from './activations.js';
import { type ActivationName, GAMMA } from './gamma.js';

/**
 * Computes `scale * gamma * f(x)`, an activation that keeps the variance of a standard normal input (Brock et al. 2021, section 2).
 *
 * Keeps `x` for the gradient, and for some its result, which the convolution behind it keeps anyway, and computes the rest again; the ops
 * it is made of would keep up to four tensors of that size. The shape is that of `x`, but for `'glu'`, which halves the channels.
 *
 * @param name A name of {@link GAMMA}.
 * @param x Of any shape; of `'glu'` and `'logSoftmax'` the last axis holds the channels.
 * @param scale A further factor, such as a block's beta, at no extra cost. Default 1.
 * @param gamma The factor that keeps the variance; 1 where the convolutions bring it. Default the activation's own.
 * @throws RangeError when the name is unknown or a factor not finite; TypeError when `x` is no tensor.
 * @example
 * ```ts
 * import { scaledActivation } from '@nfnets/nf-blocks';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const y = scaledActivation('relu', tf.randomNormal([10_000]));
 * tf.moments(y).variance.print(); // about 1
 * ```
 */
export function scaledActivation<T extends tf.Tensor>(name: ActivationName, x: T, scale = 1, gamma?: number): T {
  assertActivationName('scaledActivation', name);
  if (!(x instanceof tf.Tensor)) {
    throw new TypeError(`scaledActivation: \`x\` must be a tensor, got ${show(x)}. The layer is gammaActivation.`);
  }
  for (const [option, factor] of Object.entries({ scale, gamma })) {
    if (factor === undefined || Number.isFinite(factor)) continue;
    throw new RangeError(`scaledActivation: \`${option}\` must be finite, got ${show(factor)}.`);
  }
  return applyActivation(name, x, scale, gamma);
}

/** The same of what was checked when a layer was made. */
export function applyActivation<T extends tf.Tensor>(name: ActivationName, x: T, scale: number, gamma?: number): T {
  const { value, gradient, gradientFromOutput } = ACTIVATIONS[name];
  const factor = (gamma ?? GAMMA[name]) * scale;
  const op = tf.customGrad((...inputs) => {
    const [x, save] = inputs as unknown as [tf.Tensor, (tensors: tf.Tensor[]) => void];
    const y = times(value(x), factor);
    save(gradientFromOutput ? [x, y] : [x]);
    const gradFunc = (dy: tf.Tensor, [x, y]: tf.Tensor[]) =>
      gradientFromOutput ? gradientFromOutput(dy, x!, y!, factor) : times(gradient(dy, x!), factor);
    return { value: y, gradFunc };
  });
  return op(x) as T;
}

const NAMES = oneOf(Object.keys(GAMMA));

/** @throws RangeError unless `name` is one of the table's. */
export function assertActivationName(who: string, name: string): asserts name is ActivationName {
  if (NAMES.holds(name)) return;
  const near = typeof name === 'string' ? nearest(name, Object.keys(GAMMA)) : undefined;
  throw new RangeError(
    `${who}: \`activation\` must be ${NAMES.text}, got ${show(name)}${near === undefined ? '.' : `; did you mean '${near}'?`}`,
  );
}

function times(x: tf.Tensor, factor: number): tf.Tensor {
  return factor === 1 ? x : tf.mul(x, factor);
}
