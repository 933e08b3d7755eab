import { checkOptions, integerFrom, numberIn } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import { type ClipMeasurement, measureNothing } from '../contract/clip-measurement.js';
import { GradientTransform, type ParamGradient } from '../contract/gradient-transform.js';
import type { TransformState } from '../contract/transform-state.js';
import { TensorStacks } from '../units/tensor-stacks.js';
import { factorsOf, isUsable, TINY } from './clip-ratios.js';
import { measureTogether } from './measure-gradients.js';
import { percentileOf, replaceInSorted } from './sorted-window.js';

/** The authors' names of the options. */
const ITS_NAMES = {
  clip_percentile: 'It is `percentile` here.',
  quantile: 'It is `percentile` here, from 0 to 100.',
  history_length: 'It is `window` here.',
};

/** Options of {@link autoClip}. */
export interface AutoClipArgs {
  /** Percentile of the norms that is the limit, in [0, 100]. Default 10. */
  readonly percentile?: number;
  /** How many norms are remembered, an integer >= 2. Default 1000. */
  readonly window?: number;
}

/** The last norms, and the same in ascending order; 0 where there are fewer. */
interface Norms {
  readonly recent: tf.Tensor1D;
  readonly sorted: tf.Tensor1D;
}

/** Scales all gradients together to a percentile of their norms so far; made by {@link autoClip}. */
export class AutoClip extends GradientTransform {
  static readonly className = 'AutoClip';
  private readonly options: Required<AutoClipArgs>;

  constructor(args: AutoClipArgs = {}) {
    super();
    checkOptions<AutoClipArgs>(
      'autoClip',
      args,
      { percentile: numberIn(0, 100), window: integerFrom(2) },
      { instead: ITS_NAMES },
    );
    const { percentile = 10, window = 1000 } = args;
    this.options = { percentile, window };
  }

  apply(gradients: readonly ParamGradient[], state: TransformState): tf.Tensor[] {
    if (gradients.length === 0) return [];
    return tf.tidy(() => {
      const stacks = new TensorStacks(gradients.map(({ grad }) => grad));
      const norm = stacks.globalNorm();
      const { recent, sorted } = this.norms(state);
      const next = this.withNorm(norm, state);
      const factor = factorsOf(this.ratio(norm, next.sorted));
      recent.assign(next.recent);
      sorted.assign(next.sorted);
      return stacks.scale(factor);
    });
  }

  override measure(gradients: readonly ParamGradient[], state: TransformState): ClipMeasurement {
    if (gradients.length === 0) return measureNothing();
    return measureTogether(gradients, () => {
      const norm = new TensorStacks(gradients.map(({ grad }) => grad)).globalNorm();
      return this.ratio(norm, this.withNorm(norm, state).sorted);
    });
  }

  getConfig(): tf.serialization.ConfigDict {
    return { ...this.options };
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    { percentile, window }: tf.serialization.ConfigDict,
  ): T {
    return new cls({ percentile, window });
  }

  private norms(state: TransformState) {
    const none = () => tf.zeros([this.options.window]);
    const recent = state.shared('recent', none) as tf.Variable<tf.Rank.R1>;
    const sorted = state.shared('sorted', none) as tf.Variable<tf.Rank.R1>;
    return { recent, sorted };
  }

  /** The norms with `norm` in place of the oldest; as they were where it may not be remembered. */
  private withNorm(norm: tf.Scalar, state: TransformState): Norms {
    const { recent, sorted } = this.norms(state);
    const usable = isUsable(norm);
    const added = tf.reshape(tf.where(usable, norm, 0), [1]) as tf.Tensor1D;
    const oldest = tf.slice1d(recent, 0, 1);
    const moved = tf.concat1d([tf.slice1d(recent, 1, this.options.window - 1), added]);
    return {
      recent: tf.where(usable, moved, recent),
      sorted: tf.where(usable, replaceInSorted(sorted, oldest, added), sorted),
    };
  }

  /** The norm over its limit; 0 where there is none. */
  private ratio(norm: tf.Scalar, sorted: tf.Tensor1D): tf.Scalar {
    const limit = percentileOf(sorted, this.options.percentile);
    return tf.where(tf.greater(limit, 0), tf.div(norm, tf.maximum(limit, TINY)), 0);
  }
}
tf.serialization.registerClass(AutoClip);

/**
 * Clips the norm of all gradients together to a percentile of the norms so far, the present one included (AutoClip, arXiv 2007.14469).
 *
 *     limit = percentile of the last `window` norms,  g <- g * min(1, limit / norm)
 *
 * The percentile is exact, between two norms linear as NumPy has it by default. The paper remembers all norms; here the last `window`
 * of them. A norm of 0, or that is not finite, is not remembered.
 *
 * Its state: `recent`, the norms in their order, and `sorted`, both [window] and 0 where there are fewer.
 *
 * @throws TypeError or RangeError for an option that is unknown or out of its range.
 * @example
 * ```ts
 * import { autoClip, withTransforms } from '@nfnets/agc';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const optimizer = withTransforms(tf.train.adam(1e-3), autoClip({ percentile: 25 }));
 * ```
 */
export function autoClip(args: AutoClipArgs = {}): AutoClip {
  return new AutoClip(args);
}
