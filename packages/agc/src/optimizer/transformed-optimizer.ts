import { show } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import { type ClipMeasurement, measureNothing } from '../contract/clip-measurement.js';
import type { GradientTransform, ParamGradient } from '../contract/gradient-transform.js';
import { objectFromConfig, objectToConfig } from '../contract/named-config.js';
import { variableOf } from '../contract/param-gradients.js';
import { TransformState } from '../contract/transform-state.js';
import { claimStates, nameStates, type SavedSlot, splitStates } from './saved-state.js';
import { type NamedTensor, SlotOrder } from './slot-order.js';

type Gradients = Parameters<tf.Optimizer['applyGradients']>[0];
type WeightValues = Parameters<tf.Optimizer['setWeights']>[0];

/** A tf optimizer that transforms the gradients and leaves the rest to another; made by {@link withTransforms}. */
export class TransformedOptimizer extends tf.Optimizer {
  static readonly className = 'TransformedOptimizer';
  private slotOrder = new SlotOrder();
  /** What each transform remembers. */
  private readonly states: readonly TransformState[];
  /** Loaded states until the first gradients tell whose they are. */
  private loaded: readonly SavedSlot[] = [];

  constructor(
    /** The optimizer that applies the transformed gradients. */
    readonly optimizer: tf.Optimizer,
    /** What happens to the gradients first, in this order. */
    readonly transforms: readonly GradientTransform[] = [],
  ) {
    super();
    assertOptimizer('withTransforms', optimizer);
    for (const transform of Array.isArray(transforms) ? transforms : [transforms]) assertTransform(transform);
    this.states = transforms.map(() => new TransformState());
  }

  // tf.Optimizer calls anything with its methods an instance, and would do so for this class too.
  static override [Symbol.hasInstance](value: unknown): boolean {
    return Function.prototype[Symbol.hasInstance].call(TransformedOptimizer, value);
  }

  applyGradients(gradients: Gradients): void {
    const named = Array.isArray(gradients)
      ? gradients
      : Object.entries(gradients).map(([name, tensor]) => ({ name, tensor }));
    this.claimLoaded(named.map(({ name }) => name));
    tf.tidy(() => this.optimizer.applyGradients(this.slotOrder.arrange(this.transform(named))));
  }

  /**
   * Measures what the first transform that clips would do with `gradients`, after those before it; nothing where none clips.
   * `gradients` are all of a step, before {@link applyGradients}.
   */
  measure(gradients: readonly ParamGradient[]): ClipMeasurement {
    const at = this.transforms.findIndex((transform) => transform.measure !== undefined);
    if (at < 0) return measureNothing();
    this.claimLoaded(gradients.map(({ param }) => param.name));
    let read: ClipMeasurement['read'] = () => [];
    const values = tf.tidy(() => {
      let current = gradients;
      for (const [i, transform] of this.transforms.slice(0, at).entries()) {
        const next = transform.apply(current, this.states[i]!);
        current = current.map(({ param }, j) => ({ param, grad: next[j]! }));
      }
      const measured = this.transforms[at]!.measure!(current, this.states[at]!);
      read = measured.read;
      return measured.values;
    });
    return { values, read };
  }

  /** Learning rate of the wrapped optimizer; setting it takes effect from the next step. */
  get learningRate(): number {
    const { learningRate } = this.optimizer as unknown as { learningRate?: unknown };
    if (typeof learningRate === 'number') return learningRate;
    throw this.noLearningRate();
  }

  set learningRate(learningRate: number) {
    this.setLearningRate(learningRate);
  }

  /** Changes the wrapped optimizer's learning rate from the next step on. */
  setLearningRate(learningRate: number): void {
    const inner = this.optimizer as unknown as { learningRate?: unknown; setLearningRate?(rate: number): void };
    // Momentum and SGD keep the rate in a tensor besides, so their setter comes first.
    if (typeof inner.setLearningRate === 'function') inner.setLearningRate(learningRate);
    else if (typeof inner.learningRate === 'number') inner.learningRate = learningRate;
    else throw this.noLearningRate();
  }

  /** The wrapped optimizer's way to run an update with its learning rate in a tensor, if it has one; tf's do not. */
  get withLearningRate(): (<T>(learningRate: tf.Scalar, update: () => T) => T) | undefined {
    const inner = this.optimizer as { withLearningRate?: <T>(learningRate: tf.Scalar, update: () => T) => T };
    return inner.withLearningRate?.bind(inner) as TransformedOptimizer['withLearningRate'];
  }

  override get iterations(): number {
    return this.optimizer.iterations;
  }

  override saveIterations(): ReturnType<tf.Optimizer['saveIterations']> {
    return this.optimizer.saveIterations();
  }

  /** The wrapped optimizer's weights, and behind them what the transforms remember. */
  override async getWeights(): Promise<NamedTensor[]> {
    const loaded = this.loaded.map(({ saved, value }) => ({ name: saved, tensor: value }));
    return [...(await this.optimizer.getWeights()), ...loaded, ...nameStates(this.states, this.slotOrder.names)];
  }

  override async setWeights(weightValues: WeightValues): Promise<void> {
    const { own, states } = splitStates(weightValues);
    try {
      await this.optimizer.setWeights(own);
      this.assertTransforms(states);
    } catch (error) {
      for (const { value } of states) value.dispose();
      throw error;
    }
    this.disposeStates();
    this.loaded = states;
    this.slotOrder = SlotOrder.fromWeights(own);
  }

  override dispose(): void {
    this.optimizer.dispose();
    this.disposeStates();
  }

  getConfig(): tf.serialization.ConfigDict {
    return { optimizer: objectToConfig(this.optimizer), transforms: this.transforms.map(objectToConfig) };
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    config: tf.serialization.ConfigDict,
  ): T {
    const transforms = config['transforms'] as unknown[];
    return new cls(
      objectFromConfig(config['optimizer']),
      transforms.map((transform) => objectFromConfig(transform)),
    );
  }

  /** The transformed gradients under their names, null where there is none. */
  private transform(named: readonly NamedTensor[]): NamedTensor[] {
    const present = named.filter(({ tensor }) => tensor != null);
    const given = new Set(present.map(({ tensor }) => tensor));
    let current: ParamGradient[] = present.map(({ name, tensor }) => ({
      param: variableOf('withTransforms', name),
      grad: tensor,
    }));
    for (const [i, transform] of this.transforms.entries()) {
      const next = tf.tidy(() => checkResult(transform, current, transform.apply(current, this.states[i]!)));
      // What one transform made and the next no longer needs would double the memory of the gradients.
      const needed = new Set([...given, ...next]);
      tf.dispose(current.map(({ grad }) => grad).filter((grad) => !needed.has(grad)));
      current = current.map(({ param }, i) => ({ param, grad: next[i]! }));
    }
    let index = 0;
    return named.map(({ name, tensor }) => ({ name, tensor: tensor == null ? tensor : current[index++]!.grad }));
  }

  private claimLoaded(names: readonly string[]): void {
    if (this.loaded.length === 0) return;
    const slots = claimStates(this.loaded, names);
    for (const [i, state] of this.states.entries()) state.restore(slots.filter(({ transform }) => transform === i));
    this.loaded = [];
  }

  private assertTransforms(states: readonly SavedSlot[]): void {
    const unknown = states.find(({ transform }) => transform >= this.transforms.length);
    if (!unknown) return;
    throw new Error(
      `withTransforms: the weights hold the state of ${unknown.transform + 1} transforms or more, and this optimizer has ${this.transforms.length}. Load them with the transforms they were saved with.`,
    );
  }

  private disposeStates(): void {
    for (const state of this.states) state.dispose();
    for (const { value } of this.loaded) value.dispose();
    this.loaded = [];
  }

  private noLearningRate(): Error {
    return new Error(
      `withTransforms: \`learningRate\` must be a number on the wrapped optimizer, but ` +
        `${this.optimizer.getClassName()} has none. Set the rate on that optimizer in its own way.`,
    );
  }
}
tf.serialization.registerClass(TransformedOptimizer);

/**
 * An optimizer that runs `transforms` on the gradients, left to right, and hands them to `optimizer`.
 *
 * Works wherever a tf optimizer does. Saving, loading and disposing of it include `optimizer`.
 *
 * @param optimizer Any tf optimizer.
 * @param transforms What {@link adaptiveGradClip}, {@link addDecayedWeights} and the like make, one argument each.
 * @throws TypeError if an argument is not an optimizer or not a transform.
 * @example
 * ```ts
 * import { addDecayedWeights, clipByGlobalNorm, withTransforms } from '@nfnets/agc';
 * import * as tf from '@tensorflow/tfjs';
 *
 * // The norm is clipped first, so that the decay itself is never clipped.
 * const optimizer = withTransforms(tf.train.sgd(0.1), clipByGlobalNorm({ maxNorm: 5 }), addDecayedWeights({ weightDecay: 1e-4 }));
 * ```
 */
export function withTransforms(optimizer: tf.Optimizer, ...transforms: GradientTransform[]): TransformedOptimizer {
  return new TransformedOptimizer(optimizer, transforms);
}

function checkResult(transform: GradientTransform, before: readonly ParamGradient[], after: tf.Tensor[]): tf.Tensor[] {
  const who = transform.getClassName();
  if (after.length !== before.length) {
    throw new Error(`${who}: \`apply\` must return one tensor per gradient (${before.length}), got ${after.length}.`);
  }
  before.forEach(({ param }, i) => {
    if (tf.util.arraysEqual(param.shape, after[i]!.shape)) return;
    throw new Error(
      `${who}: \`apply\` must keep the shape [${param.shape}] of the gradient of '${param.name}', ` +
        `got [${after[i]!.shape}].`,
    );
  });
  return after;
}

/** Throws unless `optimizer` is one; `who` starts the message. */
export function assertOptimizer(who: string, optimizer: unknown): void {
  if (typeof optimizer === 'object' && optimizer !== null && optimizer instanceof tf.Optimizer) return;
  throw new TypeError(
    `${who}: \`optimizer\` must be a tf.Optimizer such as tf.train.momentum(0.1, 0.9, true), ` +
      `got ${show(optimizer)}.`,
  );
}

// By its methods, as tf does with optimizers: two copies of this package must understand each other.
function assertTransform(transform: unknown): void {
  const { apply, getConfig } = (transform ?? {}) as Partial<GradientTransform>;
  if (typeof transform === 'object' && typeof apply === 'function' && typeof getConfig === 'function') return;
  throw new TypeError(
    `withTransforms: \`transforms\` must be gradient transforms such as adaptiveGradClip(), got ${show(transform)}.` +
      (Array.isArray(transform) ? ' Pass them one by one: withTransforms(optimizer, ...transforms).' : ''),
  );
}
