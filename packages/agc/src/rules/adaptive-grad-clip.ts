import * as tf from '@tensorflow/tfjs-core';
import type { ClipMeasurement } from '../contract/clip-measurement.js';
import { GradientTransform, type ParamGradient } from '../contract/gradient-transform.js';
import { type Named, namesOf, toNamed } from '../contract/named-config.js';
import { selectUnits } from '../units/select-units.js';
import { type AdaptiveGradClipArgs, type ClipOptions, resolveClipOptions } from './clip-options.js';
import { clipUnitwise } from './clip-unitwise.js';
import { measureUnitwise } from './measure-unitwise.js';

/** Clips every output unit's gradient against the norm of its parameters; made by {@link adaptiveGradClip}. */
export class AdaptiveGradClip extends GradientTransform {
  static readonly className = 'AdaptiveGradClip';
  private readonly options: ClipOptions;

  constructor(args: AdaptiveGradClipArgs = {}) {
    super();
    this.options = resolveClipOptions('adaptiveGradClip', args);
  }

  apply(gradients: readonly ParamGradient[]): tf.Tensor[] {
    const units = selectUnits('adaptiveGradClip', gradients, this.options);
    const clipped = clipUnitwise(
      units.filter((unit) => unit !== undefined),
      this.options,
    );
    let next = 0;
    return gradients.map(({ grad }, i) => (units[i] === undefined ? grad : clipped[next++]!));
  }

  override measure(gradients: readonly ParamGradient[]): ClipMeasurement {
    return measureUnitwise('adaptiveGradClip', gradients, this.options);
  }

  getConfig(): tf.serialization.ConfigDict {
    const { clipFactor, eps, exclude, axes } = this.options;
    const namedAxes = Object.entries(axes).map(([name, list]) => ({ name, axes: [...list] }));
    return { clipFactor, eps, exclude: toNamed(exclude), axes: namedAxes };
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    config: tf.serialization.ConfigDict,
  ): T {
    const axes = config['axes'] as unknown as (Named & { readonly axes: number[] })[];
    return new cls({
      clipFactor: config['clipFactor'],
      eps: config['eps'],
      exclude: namesOf(config['exclude']),
      axes: Object.fromEntries(axes.map((each) => [each.name, each.axes])),
    });
  }
}
tf.serialization.registerClass(AdaptiveGradClip);

/**
 * Adaptive gradient clipping: each output unit's gradient is scaled down to at most `clipFactor` times the norm of
 * the unit's parameters (Brock et al. 2021, section 4).
 *
 * A unit is a scalar, a whole vector (bias, gain), a column of [in, out], or an output channel of
 * [height, width, in, out]. NaN gradients stay NaN.
 *
 * @throws TypeError or RangeError for options that cannot be used; on `apply`, Error for a name that fits nothing or a weight whose units
 * cannot be told.
 * @example
 * ```ts
 * import { adaptiveGradClip, withTransforms } from '@nfnets/agc';
 * import * as tf from '@tensorflow/tfjs';
 *
 * // The paper's rule for batches of 1024 and more: everything but the classifier's weight.
 * const optimizer = withTransforms(tf.train.momentum(0.1, 0.9, true), adaptiveGradClip({ exclude: ['head/kernel'] }));
 * ```
 */
export function adaptiveGradClip(args: AdaptiveGradClipArgs = {}): AdaptiveGradClip {
  return new AdaptiveGradClip(args);
}
