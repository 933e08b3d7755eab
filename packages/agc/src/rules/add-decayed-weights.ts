import { anything, assertNames, assertPositive, checkOptions } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import { GradientTransform, type ParamGradient } from '../contract/gradient-transform.js';
import { namesOf, toNamed } from '../contract/named-config.js';
import { planStacks, stack, unstack } from '../units/stack-by-shape.js';
import { assertEntriesExist, namesLayer, namesWeight } from '../units/weight-name.js';

/** Options of {@link addDecayedWeights}. */
export interface AddDecayedWeightsArgs {
  /** Strength of the decay, >= 0; the optimizer multiplies it by the learning rate. */
  readonly weightDecay: number;
  /** Layers (`'head'`) or weights of layers (`'head/kernel'`) without decay. Default none. */
  readonly exclude?: readonly string[];
}

/** What optax has, or had, besides. */
const INSTEAD = { mask: 'Name the layers and weights without decay in `exclude`.' };

/** Adds a multiple of each kernel to its gradient; made by {@link addDecayedWeights}. */
export class AddDecayedWeights extends GradientTransform {
  static readonly className = 'AddDecayedWeights';
  private readonly weightDecay: number;
  private readonly exclude: readonly string[];

  constructor(args: AddDecayedWeightsArgs) {
    super();
    checkOptions<AddDecayedWeightsArgs>(
      'addDecayedWeights',
      args,
      { weightDecay: anything, exclude: anything },
      { instead: INSTEAD },
    );
    const { weightDecay, exclude = [] } = args;
    assertPositive('addDecayedWeights', 'weightDecay', weightDecay, true);
    assertNames('addDecayedWeights', 'exclude', exclude);
    this.weightDecay = weightDecay;
    this.exclude = [...exclude];
  }

  apply(gradients: readonly ParamGradient[]): tf.Tensor[] {
    if (gradients.length === 0) return [];
    assertEntriesExist('addDecayedWeights', 'exclude', this.exclude, gradients);
    const result = gradients.map(({ grad }) => grad);
    if (this.weightDecay === 0) return result;
    const decayed = gradients.flatMap(({ param }, index) => (this.decays(param) ? [index] : []));
    return tf.tidy(() => {
      for (const group of planStacks(decayed.map((index) => gradients[index]!.grad))) {
        const indices = group.map((each) => decayed[each]!);
        // A tidy per group: what is added goes before the next group's comes.
        const sum = tf.tidy(() => {
          const params = stack(indices.map((index) => gradients[index]!.param));
          const grads = stack(indices.map((index) => gradients[index]!.grad));
          return tf.add(grads, tf.mul(params, this.weightDecay));
        });
        const sums = unstack(sum, indices.length);
        indices.forEach((index, i) => {
          result[index] = sums[i]!;
        });
      }
      return result;
    });
  }

  // Rank below 2 means bias, gain or skip gain.
  private decays({ name, shape }: tf.Variable): boolean {
    return shape.length >= 2 && !this.exclude.some((entry) => namesLayer(entry, name) || namesWeight(entry, name));
  }

  getConfig(): tf.serialization.ConfigDict {
    return { weightDecay: this.weightDecay, exclude: toNamed(this.exclude) };
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    config: tf.serialization.ConfigDict,
  ): T {
    return new cls({ weightDecay: config['weightDecay'], exclude: namesOf(config['exclude']) });
  }
}
tf.serialization.registerClass(AddDecayedWeights);

/**
 * Coupled weight decay: `grad + weightDecay * param` for kernels (rank 2 and up), while biases and gains pass through.
 *
 * Put it after the clipping, so that the decay itself is never clipped (Brock et al. 2021, as in DeepMind's code).
 *
 * @throws TypeError or RangeError for options that cannot be used; on `apply`, Error for a name that fits nothing.
 * @example
 * ```ts
 * import { adaptiveGradClip, addDecayedWeights, withTransforms } from '@nfnets/agc';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const transforms = [adaptiveGradClip(), addDecayedWeights({ weightDecay: 2e-5, exclude: ['embedding'] })];
 * const optimizer = withTransforms(tf.train.momentum(0.1, 0.9, true), ...transforms);
 * ```
 */
export function addDecayedWeights(args: AddDecayedWeightsArgs): AddDecayedWeights {
  return new AddDecayedWeights(args);
}
