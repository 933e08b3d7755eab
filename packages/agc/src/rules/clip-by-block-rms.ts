import { checkOptions, positive } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import { type ClipMeasurement, measureNothing } from '../contract/clip-measurement.js';
import { GradientTransform, type ParamGradient } from '../contract/gradient-transform.js';
import { TensorStacks } from '../units/tensor-stacks.js';
import { factorsOf } from './clip-ratios.js';
import { measureGradients } from './measure-gradients.js';

/** Options of {@link clipByBlockRms}. */
export interface ClipByBlockRmsArgs {
  /** Largest allowed root mean square of a gradient's elements, > 0. Default 1. */
  readonly threshold?: number;
}

/** Scales every gradient by the root mean square of its elements; made by {@link clipByBlockRms}. */
export class ClipByBlockRms extends GradientTransform {
  static readonly className = 'ClipByBlockRms';
  private readonly threshold: number;

  constructor(args: ClipByBlockRmsArgs = {}) {
    super();
    checkOptions<ClipByBlockRmsArgs>(
      'clipByBlockRms',
      args,
      { threshold: positive },
      { instead: { maxNorm: 'It is `threshold` here, of the root mean square; clipByGlobalNorm() has `maxNorm`.' } },
    );
    this.threshold = args.threshold ?? 1;
  }

  apply(gradients: readonly ParamGradient[]): tf.Tensor[] {
    if (gradients.length === 0) return [];
    return tf.tidy(() => {
      const stacks = new TensorStacks(gradients.map(({ grad }) => grad));
      return stacks.scale(factorsOf(this.ratios(stacks, gradients)));
    });
  }

  override measure(gradients: readonly ParamGradient[]): ClipMeasurement {
    if (gradients.length === 0) return measureNothing();
    return measureGradients(gradients, () =>
      this.ratios(new TensorStacks(gradients.map(({ grad }) => grad)), gradients),
    );
  }

  getConfig(): tf.serialization.ConfigDict {
    return { threshold: this.threshold };
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    { threshold }: tf.serialization.ConfigDict,
  ): T {
    return new cls({ threshold });
  }

  /** Root mean squares over their limit, [gradients]. */
  private ratios(stacks: TensorStacks, gradients: readonly ParamGradient[]): tf.Tensor1D {
    const limits = gradients.map(({ grad }) => Math.sqrt(grad.size) * this.threshold);
    return tf.div(stacks.norms(), tf.tensor1d(limits));
  }
}
tf.serialization.registerClass(ClipByBlockRms);

/**
 * Scales each gradient `g` down to a root mean square of `threshold` (Adafactor, arXiv 1804.04235, section 6; there it is the update
 * that is clipped; optax's `clip_by_block_rms`):
 *
 *     g <- g / max(1, rms(g) / threshold),  rms(g) = |g| / sqrt(elements of g)
 *
 * A gradient up to the limit keeps its exact bits. NaN stays NaN; an infinite element becomes NaN and the others of its tensor 0. It
 * remembers nothing.
 *
 * @throws TypeError or RangeError if `threshold` is not a finite number > 0.
 * @example
 * ```ts
 * import { clipByBlockRms } from '@nfnets/agc';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const weight = tf.variable(tf.zeros([2]));
 * const [clipped] = clipByBlockRms().apply([{ param: weight, grad: tf.tensor1d([1, 7]) }]);
 * clipped!.print(); // [0.2, 1.4]: the root mean square was 5
 * ```
 */
export function clipByBlockRms(args: ClipByBlockRmsArgs = {}): ClipByBlockRms {
  return new ClipByBlockRms(args);
}
