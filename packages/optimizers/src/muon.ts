import * as tf from '@tensorflow/tfjs-core';
import {
  adamDirection,
  advanceShares,
  MOMENT_SHARES,
  type MomentSettings,
  type MomentShares,
  type MomentStep,
  type Moments,
  momentStep,
} from './adam-direction.js';
import { type KernelMatrices, kernelMatrices, stepScale } from './kernel-matrices.js';
import { MUON_RULES, type MuonArgs, type MuonSettings, muonSettings } from './muon-args.js';
import { newtonSchulzSteps } from './newton-schulz-coefficients.js';
import { orthogonalize } from './orthogonalize.js';
import { type NextState, SlotOptimizer, type State } from './slot-optimizer.js';
import { matchName } from './weight-name.js';

type Slot = 'velocity' | keyof Moments;

interface Step {
  readonly rate: tf.Scalar;
  readonly fallbackRate: tf.Scalar;
  readonly momentum: tf.Scalar;
  /** Of the fallback, where that is AdamW. */
  readonly moments: MomentStep | undefined;
}

/**
 * Muon: the momentum of every matrix, orthogonalized. `m = momentum * m + g` and `u = g + momentum * m` with `nesterov`, else `u = m`; then
 * `p = (1 - rate * weightDecay) * p - rate * scale * orthogonalized(u)`.
 *
 * Matrices are dense kernels [in, out] and kernels of convolution [height, width, in, out], also of groups. Biases, gains, scalars, kernels of
 * one input or output, depthwise kernels and what is excluded move by the fallback, and have its slots alone.
 *
 * Source: Jordan et al. 2024 (the post "Muon" on the author's pages); `matchRmsAdamW`: Liu et al. 2025 (arXiv 2502.16982), section 2.2.
 */
export class Muon extends SlotOptimizer<Slot, Step> {
  static readonly className = 'Muon';
  protected readonly slotNames: readonly Slot[];
  protected override readonly sharedNames: readonly string[];
  private readonly settings: MuonSettings;
  private readonly exclude: readonly string[];
  /** Of the fallback, where that is AdamW. */
  private readonly means: MomentSettings | undefined;

  constructor(args: MuonArgs) {
    super('muon', args, MUON_RULES);
    const { settings, exclude, means } = muonSettings(args);
    this.settings = settings;
    this.exclude = exclude;
    this.means = means;
    this.slotNames = means ? ['velocity', 'mean', 'meanSquare'] : ['velocity'];
    this.sharedNames = means ? MOMENT_SHARES : [];
  }

  protected override slotNamesOf(variable: tf.Variable): readonly Slot[] {
    return this.means && !this.matricesOf(variable) ? ['mean', 'meanSquare'] : ['velocity'];
  }

  protected override advance(): void {
    if (this.means) advanceShares(this.shares(), this.means);
  }

  protected prepare(rate: tf.Scalar): Step {
    const { momentum, fallbackRateFactor } = this.settings;
    const fallbackRate = fallbackRateFactor === 1 ? rate : tf.mul<tf.Scalar>(rate, fallbackRateFactor);
    const moments = this.means && momentStep(fallbackRate, this.means, this.shares());
    return { rate, fallbackRate, momentum: tf.scalar(momentum), moments };
  }

  protected update(
    { weight, slots: before }: State<Slot>,
    gradient: tf.Tensor,
    step: Step,
    variable: tf.Variable,
  ): NextState<Slot> {
    const matrices = this.matricesOf(variable);
    const { direction, slots } =
      step.moments && !matrices
        ? correctedDirection(gradient, before, step.moments)
        : this.momentumDirection(gradient, before, step, matrices);
    const rate = matrices ? step.rate : step.fallbackRate;
    const { weightDecay } = this.settings;
    const decays = weightDecay > 0 && variable.rank >= 2;
    const kept = decays ? tf.mul(weight, tf.sub(1, tf.mul(rate, weightDecay))) : weight;
    return { weight: tf.sub(kept, tf.mul(rate, this.aligned(direction, gradient))), slots };
  }

  private momentumDirection(
    gradient: tf.Tensor,
    before: State<Slot>['slots'],
    { momentum }: Step,
    matrices: KernelMatrices | undefined,
  ): { direction: tf.Tensor; slots: NextState<Slot>['slots'] } {
    const velocity = tf.add(tf.mul(before.velocity, momentum), gradient);
    const direction = this.settings.nesterov ? tf.add(gradient, tf.mul(velocity, momentum)) : velocity;
    return { direction: matrices ? this.orthogonalized(direction, matrices) : direction, slots: { velocity } };
  }

  private orthogonalized(direction: tf.Tensor, matrices: KernelMatrices): tf.Tensor {
    const { nsCoefficients, nsSteps, adjustLearningRate } = this.settings;
    const { count, rows, columns } = matrices;
    const shaped = tf.reshape(direction, count === 1 ? [rows, columns] : [count, rows, columns]);
    const orthogonal = orthogonalize(shaped, newtonSchulzSteps(nsCoefficients, nsSteps));
    return tf.reshape(tf.mul(orthogonal, stepScale(matrices, adjustLearningRate)), direction.shape);
  }

  private matricesOf({ name, shape }: tf.Variable): KernelMatrices | undefined {
    if (this.exclude.some((entry) => matchName(entry, name) > 0)) return undefined;
    return kernelMatrices(shape, name.slice(name.lastIndexOf('/') + 1), this.settings.convMode);
  }

  private shares(): MomentShares {
    const [meanShare, meanSquareShare] = [this.sharedSlot('meanShare'), this.sharedSlot('meanSquareShare')];
    return { meanShare, meanSquareShare };
  }

  protected override namesInOptions(): Readonly<Record<string, readonly string[]>> {
    return { ...super.namesInOptions(), exclude: this.exclude };
  }

  override getConfig(): tf.serialization.ConfigDict {
    const exclude = this.exclude.map((name) => ({ name }));
    return { ...super.getConfig(), ...this.settings, ...this.means, exclude };
  }
}
tf.serialization.registerClass(Muon);

/** Adam's direction with its bias corrected. */
function correctedDirection(gradient: tf.Tensor, before: Moments, step: MomentStep) {
  const { direction, slots } = adamDirection(gradient, before, step);
  return { direction: tf.mul(direction, step.correction), slots };
}

/**
 * Makes Muon (Jordan et al. 2024), momentum whose step has singular values near 1, for kernels; the rest moves by AdamW or SGD: a
 * {@link Muon}.
 *
 * @throws TypeError or RangeError for an option that is unknown or out of its range; in the first step, Error for a name in the options that
 * no variable has.
 * @example
 * ```ts
 * import { muon } from '@nfnets/optimizers';
 *
 * // The classifier, biases and gains by AdamW at a tenth of the rate.
 * const optimizer = muon({ learningRate: 0.02, weightDecay: 0.01, exclude: ['linear'], fallbackRateFactor: 0.1 });
 * ```
 */
export function muon(args: MuonArgs): Muon {
  return new Muon(args);
}
