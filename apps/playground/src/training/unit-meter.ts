import { unitwiseNorm } from '@nfnets/agc';
import type { GradientMeter } from '@nfnets/trainer';
import * as tf from '@tensorflow/tfjs';

/** The floor on the norm of weights, as `adaptiveGradClip` has it. */
const EPS = 1e-3;

/** Of each layer with a kernel: gradient norm over weight norm of each of its units. */
export type UnitRatios = Readonly<Record<string, Float32Array>>;

/** A meter for `train`, and what it read last of single units. */
export interface UnitMeter {
  readonly meter: GradientMeter;
  readonly last: () => UnitRatios | undefined;
}

/**
 * Measures what `meter` does and, in the same reading, the ratio of each output unit of each kernel: `|gradient| / max(|weight|, eps)`, which
 * AGC compares with its clip factor.
 */
export function unitMeter(meter: GradientMeter): UnitMeter {
  let last: UnitRatios | undefined;
  return {
    last: () => last,
    meter(gradients) {
      const own = meter(gradients);
      const kernels = gradients.flatMap(({ param, grad }) => {
        const layer = /^(.*)\/kernel(_\d+)?$/.exec(param.name)?.[1];
        return layer === undefined ? [] : [{ layer, param, grad, units: param.shape.at(-1)! }];
      });
      const values = tf.tidy(() =>
        tf.concat1d([
          own.values,
          ...kernels.map(({ param, grad }) =>
            tf.reshape(tf.div(unitwiseNorm(grad), tf.maximum(unitwiseNorm(param), EPS)), [-1]).as1D(),
          ),
        ]),
      );
      const length = own.values.size;
      own.values.dispose();
      return {
        values,
        read(numbers) {
          let offset = length;
          last = Object.fromEntries(
            kernels.map(({ layer, units }) => {
              const ratios = Float32Array.from({ length: units }, (_, i) => numbers[offset + i]!);
              offset += units;
              return [layer, ratios];
            }),
          );
          return own.read(Array.prototype.slice.call(numbers, 0, length) as number[]);
        },
      };
    },
  };
}
