import { aBoolean, anything, assertInRange, checkOptions, show } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { trainableVariables } from './trainable-variables.js';

/** Options of {@link ema}. */
export interface EmaArgs {
  /** Share of the average that stays at each update, in [0, 1). The reference's is 0.99999. */
  readonly decay: number;
  /** Whether the first updates weigh more: decay `min(decay, (1 + t) / (10 + t))` at update t. Default true. */
  readonly warmup?: boolean;
}

/**
 * Keeps an exponential moving average of a model's trainable weights, which often classifies better than the weights.
 *
 * Starts from the weights as they are. Costs their memory once more, until `dispose()`. Weights that are not
 * trainable (the statistics of a batch normalization) are not averaged; those of a layer that is unfrozen while `train` runs are from
 * then on.
 *
 * @param model The model; it is not changed.
 * @throws TypeError or RangeError for what is no model, or a decay that is not in [0, 1).
 * @example
 * ```ts
 * import { arrayDataset } from '@nfnets/data';
 * import { mnistDigits } from '@nfnets/data/node';
 * import { createModel } from '@nfnets/models';
 * import { ema, evaluate, fit } from '@nfnets/trainer';
 *
 * const data = arrayDataset(mnistDigits());
 * const model = createModel('nfnet_digits', { numClasses: 10 });
 * const average = ema(model, { decay: 0.999 });
 * await fit(model, data, { ema: average });
 * const { accuracy } = await average.withAverage(() => evaluate(model, data));
 * ```
 */
export function ema(model: LayersModel, args: EmaArgs): Ema {
  if (!Array.isArray(model?.trainableWeights)) {
    throw new TypeError(`ema: \`model\` must be a tf.LayersModel, got ${show(model)}.`);
  }
  return new Ema(trainableVariables(model), args);
}

/**
 * Decay at update `t`, from 0: `min(decay, (1 + t) / (10 + t))`. Brock et al. 2021, appendix A, and their code.
 *
 * @param t Number of the update, from 0.
 * @throws TypeError or RangeError for a `decay` that is not in [0, 1).
 * @example
 * ```ts
 * import { emaDecay } from '@nfnets/trainer';
 *
 * console.log(emaDecay(0, { decay: 0.99999 }), emaDecay(990, { decay: 0.99999 })); // 0.1 0.991
 * ```
 */
export function emaDecay(t: number, args: EmaArgs): number {
  assertArgs('emaDecay', args);
  assertInRange('emaDecay', 't', t, 0);
  return decayAt(t, args);
}

function assertArgs(who: string, args: EmaArgs): void {
  checkOptions<EmaArgs>(who, args, { decay: anything, warmup: aBoolean });
  assertInRange(who, 'decay', args.decay, 0, 1);
}

function decayAt(t: number, { decay, warmup = true }: EmaArgs): number {
  return warmup ? Math.min(decay, (1 + t) / (10 + t)) : decay;
}

/** See {@link ema}. */
export class Ema {
  /** Updates made so far, which the warm-up of the decay depends on. A checkpoint sets it. */
  updates = 0;
  private readonly averaged: tf.Variable[] = [];
  private readonly kept: tf.Variable[] = [];
  private isSwapped = false;

  constructor(
    variables: readonly tf.Variable[],
    private readonly args: EmaArgs,
  ) {
    assertArgs('ema', args);
    this.follow(variables);
  }

  /**
   * Averages more variables from now on, from what they are: for one that has not changed since the others began, as a weight that
   * was frozen, this is the average from the start.
   */
  follow(variables: readonly tf.Variable[]): void {
    if (!Array.isArray(variables) || !variables.every((variable) => variable instanceof tf.Variable)) {
      throw new TypeError(`ema: \`variables\` must be a list of tf.Variable, got ${show(variables)}.`);
    }
    const added = variables.filter((variable) => !this.averaged.includes(variable));
    this.averaged.push(...added);
    this.kept.push(...added.map((variable) => tf.variable(variable, false)));
  }

  /** What is averaged. */
  get variables(): readonly tf.Variable[] {
    return this.averaged;
  }

  /** The averages, in the order of {@link variables}. */
  get averages(): readonly tf.Variable[] {
    return this.kept;
  }

  /** Moves every average towards its weight: `average = decay * average + (1 - decay) * weight`. */
  update(): void {
    this.moveBy(this.nextShare());
  }

  /** The share `1 - decay` of the next update; counts it as made. */
  nextShare(): number {
    return 1 - decayAt(this.updates++, this.args);
  }

  /** {@link update} with a share that is given: a compiled step has it as an input. */
  moveBy(share: number | tf.Scalar): void {
    if (this.isSwapped) throw new Error('ema: update() must not be called inside withAverage().');
    for (const [i, average] of this.averages.entries()) {
      // One at a time: what is computed on the way would else add up to several copies of the model.
      tf.tidy(() => average.assign(tf.sub(average, tf.mul(tf.sub(average, this.variables[i]!), share))));
    }
  }

  /** Runs `use` with the averages in the model instead of its weights, and puts the weights back, also on an error. */
  async withAverage<T>(use: () => T | Promise<T>): Promise<T> {
    if (typeof use !== 'function') throw new TypeError(`ema: \`use\` must be a function, got ${show(use)}.`);
    if (this.isSwapped) throw new Error('ema: withAverage() must not be called inside itself.');
    this.swap();
    try {
      return await use();
    } finally {
      this.swap();
    }
  }

  /** Frees the averages; the model keeps its weights. */
  dispose(): void {
    tf.dispose([...this.averages]);
  }

  // Only the references to the data change places: no copy, and exact.
  private swap(): void {
    for (const [i, average] of this.averages.entries()) {
      const weight = this.variables[i]!;
      const kept = tf.clone(weight);
      weight.assign(average);
      average.assign(kept);
      kept.dispose();
    }
    this.isSwapped = !this.isSwapped;
  }
}
