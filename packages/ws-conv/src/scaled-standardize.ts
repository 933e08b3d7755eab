import { show } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';

/**
 * What keeps the standardization of a constant kernel finite: `'floor'` divides by `sqrt(max(variance * fanIn, eps))`, as the
 * authors do; `'added'` by `sqrt((variance + eps) * fanIn)`, as timm does.
 */
export type EpsRule = (typeof EPS_RULES)[number];
export const EPS_RULES = ['floor', 'added'] as const;

/**
 * Computes a kernel whose output channels have mean zero and squared sum `gain²`:
 * `(w - mean) * gain / sqrt(max(variance * fanIn, eps))`, with the population variance over the fan-in.
 *
 * Source: Brock et al. 2021, eq. 2 and the authors' `WSConv2D`.
 *
 * @param kernel `[height, width, inChannels / groups, outChannels]`; fan-in is the product of all but the last.
 * @param gain `[outChannels]`
 * @param eps Floor under `variance * fanIn`, not a term added to it: what the released weights were trained with. Default 1e-4.
 * @param epsRule See {@link EpsRule}. Default `'floor'`.
 * @returns The shape of `kernel`.
 * @throws TypeError when an argument is no tensor; RangeError when the shapes do not fit, or for an `eps` or `epsRule` that cannot be used.
 * @example
 * ```ts
 * import { scaledStandardize } from '@nfnets/ws-conv';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const kernel = scaledStandardize(tf.randomNormal<tf.Rank.R4>([3, 3, 16, 32]), tf.ones([32]));
 * tf.sum(tf.square(kernel), [0, 1, 2]).print(); // 1 for each of the 32 channels
 * ```
 */
export function scaledStandardize(
  kernel: tf.Tensor4D,
  gain: tf.Tensor1D,
  eps = 1e-4,
  epsRule: EpsRule = 'floor',
): tf.Tensor4D {
  for (const [name, tensor] of Object.entries({ kernel, gain })) {
    if (tensor instanceof tf.Tensor) continue;
    throw new TypeError(`scaledStandardize: \`${name}\` must be a tensor, got ${show(tensor)}.`);
  }
  if (kernel.rank !== 4 || gain.shape.length !== 1 || gain.shape[0] !== kernel.shape[3]) {
    throw new RangeError(
      `scaledStandardize: \`kernel\` must be [height, width, in, out] and \`gain\` [out], got [${kernel.shape}] and [${gain.shape}].`,
    );
  }
  if (!(typeof eps === 'number' && eps > 0 && eps < Infinity)) {
    throw new RangeError(`scaledStandardize: \`eps\` must be a finite number > 0, got ${show(eps)}.`);
  }
  if (!EPS_RULES.includes(epsRule)) {
    throw new RangeError(`scaledStandardize: \`epsRule\` must be one of 'floor', 'added', got ${show(epsRule)}.`);
  }
  return standardizeOp(eps, epsRule)(kernel, gain) as tf.Tensor4D;
}

/*
 * With c = w - mean, ss = sum(c²) = variance * fanIn and s = 1 / sqrt(max(ss, eps)), the output is c * s * gain.
 * For an output gradient dy, per channel:
 *   dGain   = s * sum(dy * c)
 *   dKernel = s * gain * (dy - mean(dy) - c * s² * sum(dy * c))     where ss > eps, else without the last term
 * An added eps makes s = 1 / sqrt(ss + eps * fanIn), and the last term is there everywhere.
 * (mean(c) is 0, so the last term needs no centring).
 */
function standardizeOp(eps: number, epsRule: EpsRule) {
  return tf.customGrad((...args) => {
    const [kernel, gain, save] = args as unknown as [tf.Tensor4D, tf.Tensor1D, SaveForGradient];
    const fanIn = kernel.size / kernel.shape[3];
    const mean = tf.mean(kernel, FAN_IN);
    const centred = tf.sub(kernel, mean);
    const squaredSum = tf.sum(tf.square(centred), FAN_IN);
    const scale = tf.rsqrt(epsRule === 'floor' ? tf.maximum(squaredSum, eps) : tf.add(squaredSum, eps * fanIn));
    const factor = tf.mul(scale, gain);
    const value = tf.mul(centred, factor);
    // Not `centred`: all kernels of a network would then be kept twice until its backward pass.
    save(epsRule === 'floor' ? [kernel, mean, scale, factor, squaredSum] : [kernel, mean, scale, factor]);

    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [kernel, mean, scale, factor, squaredSum] = saved as [
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
      ];
      const centred = tf.sub(kernel, mean);
      const gainGradient = tf.mul(tf.sum(tf.mul(dy, centred), FAN_IN), scale);
      let pull = tf.mul(gainGradient, scale);
      // The floor has no slope: below it the scale is a constant.
      if (epsRule === 'floor') pull = tf.mul(pull, tf.cast(tf.greater(squaredSum, eps), 'float32'));
      const direction = tf.sub(tf.sub(dy, tf.mean(dy, FAN_IN)), tf.mul(centred, pull));
      return [tf.mul(direction, factor), gainGradient];
    };
    return { value, gradFunc };
  });
}

const FAN_IN = [0, 1, 2];

type SaveForGradient = (tensors: tf.Tensor[]) => void;
