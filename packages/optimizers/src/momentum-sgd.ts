import * as tf from '@tensorflow/tfjs-core';
import { assertInRange } from './check-option.js';

export interface MomentumSGDArgs {
  readonly learningRate: number;
  /** Share of the last step's velocity that is kept, in [0, 1). Default 0.9. */
  readonly momentum?: number;
  /** Whether the gradient is looked up one momentum step ahead. Default true. */
  readonly nesterov?: boolean;
}

/** A gradient or a saved slot by the name of its variable, as tf's optimizers pass them. */
type NamedTensor = { name: string; tensor: tf.Tensor };

interface Slot {
  readonly name: string;
  readonly velocity: tf.Variable;
}

/**
 * Gradient descent with momentum as in the released code of Brock et al. 2021: `m = momentum * m + g`, then
 * `p -= learningRate * (g + momentum * m)` with `nesterov`, else `p -= learningRate * m`.
 *
 * The arithmetic of `tf.train.momentum`, with momenta that belong to variables: tf's belong to positions in the
 * list of gradients, so that freezing a layer between two runs gives its momentum to another one.
 */
export class MomentumSGD extends tf.Optimizer {
  static readonly className = 'MomentumSGD';
  private readonly settings: Required<MomentumSGDArgs>;
  private rate: number;
  private rateTensor: tf.Scalar | undefined;
  private readonly slots = new Map<tf.Variable, Slot>();
  /** Loaded slots, in the order they were saved, until the first gradients tell whose they are. */
  private restored: Slot[] = [];
  private savedIterations: tf.Tensor | undefined;

  constructor({ learningRate, momentum = 0.9, nesterov = true }: MomentumSGDArgs) {
    super();
    assertInRange('sgd', 'learningRate', learningRate, 0);
    assertInRange('sgd', 'momentum', momentum, 0, 1);
    this.settings = { learningRate, momentum, nesterov };
    this.rate = learningRate;
  }

  get learningRate(): number {
    return this.rate;
  }

  setLearningRate(learningRate: number): void {
    assertInRange('sgd', 'learningRate', learningRate, 0);
    this.rate = learningRate;
  }

  /** Runs `update`, whose steps take their learning rate from a tensor: a compiled step has it as an input. */
  withLearningRate<T>(learningRate: tf.Scalar, update: () => T): T {
    this.rateTensor = learningRate;
    try {
      return update();
    } finally {
      this.rateTensor = undefined;
    }
  }

  /** Moves every variable that has a gradient; gradients by variable name, null where there is none. */
  override applyGradients(gradients: tf.NamedTensorMap | NamedTensor[]): void {
    const pairs = Array.isArray(gradients)
      ? gradients.map(({ name, tensor }) => [name, tensor] as const)
      : Object.entries(gradients);
    const { registeredVariables } = tf.engine();
    const variables = pairs.map(([name]) => registeredVariables[name]!);
    this.claimRestored(variables);
    tf.tidy(() => {
      const rate = this.rateTensor ?? tf.scalar(this.rate);
      const momentum = tf.scalar(this.settings.momentum);
      for (const [i, variable] of variables.entries()) {
        const gradient = pairs[i]![1] as tf.Tensor | null | undefined;
        const slot = this.slotOf(variable);
        if (gradient == null) continue;
        tf.tidy(() => {
          // A compiled step knows this arithmetic and does it in one op.
          const velocity = tf.add(tf.mul(slot.velocity, momentum), gradient);
          const direction = this.settings.nesterov ? tf.add(gradient, tf.mul(velocity, momentum)) : velocity;
          slot.velocity.assign(velocity);
          variable.assign(tf.sub(variable, tf.mul(rate, direction)));
        });
      }
    });
    this.incrementIterations();
  }

  /** The step count as a tensor that belongs to this optimizer: `model.save` asks for one and forgets it. */
  override async saveIterations(): Promise<NamedTensor> {
    this.savedIterations?.dispose();
    const saved = await super.saveIterations();
    this.savedIterations = saved.tensor;
    return saved;
  }

  override async getWeights(): Promise<NamedTensor[]> {
    const slots = this.restored.length > 0 ? this.restored : [...this.slots.values()];
    return [await this.saveIterations(), ...slots.map(({ name, velocity }) => ({ name, tensor: velocity }))];
  }

  override async setWeights(weights: NamedTensor[]): Promise<void> {
    const slots = await this.extractIterations(weights);
    this.disposeSlots();
    this.restored = slots.map(({ name, tensor }) => ({ name, velocity: tf.variable(tensor, false) }));
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...this.settings, learningRate: this.rate };
  }

  /** Rebuilds the optimizer from its config; tfjs's default passes the options one by one. */
  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    config: tf.serialization.ConfigDict,
  ): T {
    return new cls(config);
  }

  override dispose(): void {
    this.disposeSlots();
    this.savedIterations?.dispose();
  }

  private slotOf(variable: tf.Variable): Slot {
    const known = this.slots.get(variable);
    if (known) return known;
    const slot = {
      name: `${variable.name}/velocity`,
      velocity: tf.tidy(() => tf.variable(tf.zerosLike(variable), false)),
    };
    this.slots.set(variable, slot);
    return slot;
  }

  // By position, not by name: the same layer's weight may be called `head/kernel_1` in the process that loads.
  private claimRestored(variables: readonly tf.Variable[]): void {
    if (this.restored.length === 0) return;
    const shapes = (tensors: readonly tf.Tensor[]) => JSON.stringify(tensors.map(({ shape }) => shape));
    const expected = shapes(this.restored.map(({ velocity }) => velocity));
    if (shapes(variables) !== expected) {
      throw new Error(
        `sgd: the loaded momenta have shapes ${expected} and the gradients ${shapes(variables)}. Load them for the model they were saved with.`,
      );
    }
    for (const [i, variable] of variables.entries()) this.slots.set(variable, this.restored[i]!);
    this.restored = [];
  }

  private disposeSlots(): void {
    tf.dispose([...this.slots.values(), ...this.restored].map(({ velocity }) => velocity));
    this.slots.clear();
    this.restored = [];
  }
}
tf.serialization.registerClass(MomentumSGD);

/** Makes a {@link MomentumSGD} optimizer: `sgd({ learningRate: 0.1 })` is the reference's Nesterov momentum of 0.9. */
export function sgd(args: MomentumSGDArgs): MomentumSGD {
  return new MomentumSGD(args);
}
