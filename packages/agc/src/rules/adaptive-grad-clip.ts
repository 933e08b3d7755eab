import * as tf from '@tensorflow/tfjs-core';
import type { ClipMeasurement } from '../contract/clip-measurement.js';
import { GradientTransform, type ParamGradient } from '../contract/gradient-transform.js';
import { type Named, namesOf, toNamed } from '../contract/named-config.js';
import type { TransformState } from '../contract/transform-state.js';
import { selectUnits } from '../units/select-units.js';
import { clipFactorAt, clipFactorFromConfig, clipFactorToConfig, countStep } from './clip-factor.js';
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

  /** A clip factor that does not change needs no state. */
  apply(gradients: readonly ParamGradient[], state?: TransformState): tf.Tensor[] {
    if (gradients.length === 0) return [];
    const units = selectUnits('adaptiveGradClip', gradients, this.options);
    const clipped = tf.tidy(() => {
      const limits = { ...this.options, clipFactor: this.clipFactor(state) };
      return clipUnitwise(
        units.filter((unit) => unit !== undefined),
        limits,
      );
    });
    if (state) tf.tidy(() => countStep(this.options.clipFactor, state));
    let next = 0;
    return gradients.map(({ grad }, i) => (units[i] === undefined ? grad : clipped[next++]!));
  }

  override measure(gradients: readonly ParamGradient[], state?: TransformState): ClipMeasurement {
    return measureUnitwise('adaptiveGradClip', gradients, this.options, () => this.clipFactor(state));
  }

  getConfig(): tf.serialization.ConfigDict {
    const { clipFactor, eps, exclude, axes, unit, form } = this.options;
    const namedAxes = Object.entries(axes).map(([name, list]) => ({ name, axes: [...list] }));
    return {
      clipFactor: clipFactorToConfig(clipFactor),
      eps,
      exclude: toNamed(exclude),
      axes: namedAxes,
      unit: { name: unit },
      form: { name: form },
    };
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    config: tf.serialization.ConfigDict,
  ): T {
    // Those saved before there were other units and forms have none.
    const { unit, form } = config as unknown as { readonly unit?: Named; readonly form?: Named };
    const axes = config['axes'] as unknown as (Named & { readonly axes: number[] })[];
    return new cls({
      clipFactor: clipFactorFromConfig(config['clipFactor']),
      eps: config['eps'],
      exclude: namesOf(config['exclude']),
      axes: Object.fromEntries(axes.map((each) => [each.name, each.axes])),
      ...(unit && { unit: unit.name }),
      ...(form && { form: form.name }),
    });
  }

  private clipFactor(state: TransformState | undefined): number | tf.Scalar {
    const { clipFactor } = this.options;
    if (typeof clipFactor === 'number') return clipFactor;
    if (state) return clipFactorAt(clipFactor, state);
    throw new Error(
      'adaptiveGradClip: a `clipFactor` that changes needs a state to count its steps in. Put the transform in front of an optimizer by withTransforms(), or pass a TransformState.',
    );
  }
}
tf.serialization.registerClass(AdaptiveGradClip);

/**
 * Adaptive gradient clipping: each output unit's gradient is scaled down to at most `clipFactor` times the norm of
 * the unit's parameters (Brock et al. 2021, section 4).
 *
 *     g_i <- g_i min(1, clipFactor max(|W_i|, eps) / |g_i|)
 *
 * A unit `i` is a scalar, a whole vector (bias, gain), a column of [in, out], or an output channel of
 * [height, width, in, out]; with `unit: 'tensor'` a whole tensor, which is what several language models call AGC; with
 * `unit: 'gain-apart'` as in timm. NaN gradients stay NaN.
 *
 * With `form: 'soft'` a unit's gradient is made `g_i / sqrt(1 + (|g_i| / (clipFactor max(|W_i|, eps)))^2)` (the curve of SPECTRA, arXiv
 * 2603.14315, taken by units instead of singular values): below the limit it loses at most a factor of sqrt(2). Of what is measured,
 * units above the limit count as clipped in either form.
 *
 * Its state, if `clipFactor` is a schedule: `steps`, up to its end. Otherwise it remembers nothing.
 *
 * @throws TypeError or RangeError for options that cannot be used; on `apply`, Error for a name that fits nothing or a weight whose units
 * cannot be told.
 * @example
 * ```ts
 * import { adaptiveGradClip, withTransforms } from '@nfnets/agc';
 * import * as tf from '@tensorflow/tfjs';
 *
 * // The paper's rule for batches of 4096: everything but the classifier's weight.
 * const optimizer = withTransforms(tf.train.momentum(0.1, 0.9, true), adaptiveGradClip({ clipFactor: 0.01, exclude: ['head/kernel'] }));
 * ```
 */
export function adaptiveGradClip(args: AdaptiveGradClipArgs = {}): AdaptiveGradClip {
  return new AdaptiveGradClip(args);
}
