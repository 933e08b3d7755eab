import { anything, assertNames, checkOptions, oneOf, positive } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import { type ClipMeasurement, measureNothing, measureSizes } from '../contract/clip-measurement.js';
import { GradientTransform, type ParamGradient } from '../contract/gradient-transform.js';
import { type Named, namesOf, toNamed } from '../contract/named-config.js';
import { MatrixStacks } from '../units/matrix-stacks.js';
import { TensorStacks } from '../units/tensor-stacks.js';
import { assertEntriesExist, layerOf, namesLayer, namesWeight } from '../units/weight-name.js';
import { factorsOf, softFactorsOf } from './clip-ratios.js';
import type { ClipForm } from './clip-unitwise.js';
import {
  clipSingularValues,
  frobeniusNorms,
  largestSingularValues,
  softClipSingularValues,
} from './singular-values.js';

/** Options of {@link spectralClip}. */
export interface SpectralClipArgs {
  /** Largest allowed singular value of a gradient, > 0. Default 0.1. */
  readonly maxNorm?: number;
  /** `'soft'`: all singular values are made smaller, the more the larger they are. `'hard'`: those above the limit become it. Default 'soft'. */
  readonly form?: 'hard' | 'soft';
  /**
   * Layers (`'head'`) or weights of layers (`'head/kernel'`) that pass through unclipped, such as those too large for it. Default none.
   */
  readonly exclude?: readonly string[];
}

/** Gradients with where they stood among all. */
interface Placed extends ParamGradient {
  readonly index: number;
}

/** Clips the singular values of every gradient; made by {@link spectralClip}. */
export class SpectralClip extends GradientTransform {
  static readonly className = 'SpectralClip';
  private readonly options: Required<SpectralClipArgs>;

  constructor(args: SpectralClipArgs = {}) {
    super();
    checkOptions<SpectralClipArgs>('spectralClip', args, {
      maxNorm: positive,
      form: oneOf(['hard', 'soft']),
      exclude: anything,
    });
    const { maxNorm = 0.1, form = 'soft', exclude = [] } = args;
    assertNames('spectralClip', 'exclude', exclude);
    this.options = { maxNorm, form, exclude: [...exclude] };
  }

  apply(gradients: readonly ParamGradient[]): tf.Tensor[] {
    const { maxNorm, form } = this.options;
    const { vectors, matrices } = this.sort(gradients);
    return tf.tidy(() => {
      const result = gradients.map(({ grad }) => grad);
      if (vectors.length > 0) {
        const stacks = new TensorStacks(vectors.map(({ grad }) => grad));
        const ratios = tf.div<tf.Tensor1D>(stacks.norms(), maxNorm);
        const scaled = stacks.scale(form === 'soft' ? softFactorsOf(ratios) : factorsOf(ratios));
        for (const [i, { index }] of vectors.entries()) result[index] = scaled[i]!;
      }
      const clipped = new MatrixStacks(matrices.map(({ grad }) => grad)).map((x) => clipMatrices(x, maxNorm, form));
      for (const [i, { index }] of matrices.entries()) result[index] = clipped[i]!;
      return result;
    });
  }

  override measure(gradients: readonly ParamGradient[]): ClipMeasurement {
    const { vectors, matrices } = this.sort(gradients);
    const all = [...vectors, ...matrices];
    if (all.length === 0) return measureNothing();
    return measureSizes(() => {
      const stacks = new MatrixStacks(matrices.map(({ grad }) => grad));
      const norms = vectors.length === 0 ? [] : [new TensorStacks(vectors.map(({ grad }) => grad)).norms()];
      const largest = matrices.length === 0 ? [] : [stacks.numbers(largestSingularValues)];
      const sizes = tf.div<tf.Tensor1D>(tf.concat1d([...norms, ...largest]), this.options.maxNorm);
      const runs = all.map(({ param, index }) => ({ layer: layerOf(param), units: 1, index }));
      return { sizes, references: tf.onesLike(sizes), factor: 1, runs };
    });
  }

  getConfig(): tf.serialization.ConfigDict {
    const { maxNorm, form, exclude } = this.options;
    return { maxNorm, form: { name: form }, exclude: toNamed(exclude) };
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    { maxNorm, form, exclude }: tf.serialization.ConfigDict,
  ): T {
    return new cls({ maxNorm, form: (form as unknown as Named).name, exclude: namesOf(exclude) });
  }

  /** What has one singular value, and what has more; without what is excluded. */
  private sort(gradients: readonly ParamGradient[]): { vectors: Placed[]; matrices: Placed[] } {
    const { exclude } = this.options;
    if (gradients.length > 0) assertEntriesExist('spectralClip', 'exclude', exclude, gradients);
    const placed = gradients
      .map((each, index) => ({ ...each, index }))
      .filter(({ param: { name } }) => !exclude.some((entry) => namesLayer(entry, name) || namesWeight(entry, name)));
    const hasOne = ({ grad: { shape, size } }: Placed) => {
      const columns = shape.at(-1) ?? 1;
      return columns === size || columns === 1;
    };
    return { vectors: placed.filter(hasOne), matrices: placed.filter((each) => !hasOne(each)) };
  }
}
tf.serialization.registerClass(SpectralClip);

/** Of a norm that is so small a share of the limit, the soft form takes less than single precision can tell. */
const NEGLIGIBLE = 1e-4;

/** `x` [..., rows, columns] with its singular values clipped at `maxNorm`; what holds a NaN as it is. */
function clipMatrices(x: tf.Tensor, maxNorm: number, form: ClipForm): tf.Tensor {
  const scaled = tf.div(x, maxNorm);
  // No singular value is above the norm of all.
  const changes = tf.greater(frobeniusNorms(scaled), form === 'soft' ? NEGLIGIBLE : 1);
  // Products of what is next to nothing, as gradients behind skip gains of zero, would be denormal, and take ten times as long.
  const changing = tf.where(changes, scaled, tf.zerosLike(scaled));
  const clipped = form === 'soft' ? softClipSingularValues(changing) : clipSingularValues(changing);
  return tf.where(changes, tf.mul(clipped, maxNorm), x);
}

/**
 * Clips the singular values of each gradient at `c = maxNorm` (SPECTRA, arXiv 2603.14315, its clipping of gradients, whose code has 0.1
 * for `c`):
 *
 *     U = P S Q^T,  hard: U <- P min(S, c) Q^T,  soft: U <- (I + U U^T / c^2)^(-1/2) U = P S (1 + S^2 / c^2)^(-1/2) Q^T
 *
 * A convolution's gradient [height, width, in, out] is a matrix [height width in, out], and so is any other with its last axis; a vector has
 * one singular value, its norm. The directions of the matrix stay; one that outgrows the others is held back by itself.
 *
 * Both forms are Newton-Schulz iterations with a number of steps that does not change, and differ from those by singular values by about
 * 1e-6 c (soft) or 1e-7 of the largest one (hard), up to a norm of 10 000 c. The soft form is not computed by the paper's coupled
 * iteration on `I + U U^T / c^2`, whose error grows with the square of the largest singular value over c, and which yields NaN at 10 000.
 * That takes 10 products with the whole matrix and 24 of its shorter side's size (soft), or 63 products (hard) for each gradient, in every
 * step: much for large layers, which `exclude` spares.
 *
 * Of what is measured, a unit is a whole gradient, and is clipped if its largest singular value (or a bound less than 1 % below it) is above
 * `maxNorm`, in either form. A matrix with a NaN stays as it is; infinite elements make NaN of theirs. It remembers nothing.
 *
 * @throws TypeError or RangeError for an option that is unknown or out of its range; on `apply`, Error for a name that fits nothing.
 * @example
 * ```ts
 * import { spectralClip } from '@nfnets/agc';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const weight = tf.variable(tf.zeros([2, 2]));
 * const [clipped] = spectralClip({ maxNorm: 1, form: 'hard' }).apply([{ param: weight, grad: tf.tensor2d([[30, 0], [0, 0.5]]) }]);
 * clipped!.print(); // [[1, 0], [0, 0.5]]
 * ```
 */
export function spectralClip(args: SpectralClipArgs = {}): SpectralClip {
  return new SpectralClip(args);
}
