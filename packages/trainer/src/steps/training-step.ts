import type { Batch } from '@nfnets/data';
import { show } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { releaseTape } from './release-tape.js';
import { softmaxCrossEntropy } from './softmax-cross-entropy.js';

/** What a step changes. */
export interface TrainState {
  readonly model: LayersModel;
  readonly optimizer: tf.Optimizer;
  /** The variables to train, in the model's order. */
  readonly variables: tf.Variable[];
  /**
   * All variables that have been trained, in an order that stays when layers are frozen and unfrozen: tf's optimizers know their
   * slots by position. Default `variables`.
   */
  readonly slots?: readonly tf.Variable[];
  /**
   * Averages gradients over the processes that share a batch. {@link plainStep} and the others of this package do it before they update; a
   * step of one's own that updates by itself must call it. Absent where there is one process.
   */
  readonly average?: (gradients: tf.NamedTensorMap) => tf.NamedTensorMap;
  /** Sees the gradients of an update before the optimizer does. */
  readonly observe?: (gradients: readonly { readonly param: tf.Variable; readonly grad: tf.Tensor }[]) => void;
}

/**
 * Seed of a step's random masks, nonzero; or what makes a mask from values that depend on a seed, for a step that is
 * recorded once and replayed with other seeds. Layers find it among the arguments of their `call`.
 */
export type MaskSeed =
  | number
  | ((shape: readonly number[], values: (seed: number, shape?: readonly number[]) => Float32Array) => tf.Tensor);

/** What differs from step to step besides the batch. */
export interface StepScalars {
  readonly seed: MaskSeed;
  readonly labelSmoothing: number;
  readonly classWeights?: readonly number[];
}

/**
 * Makes one update from a batch and returns the loss before it, for the caller to dispose.
 *
 * Depends on its arguments alone, so that it can be repeated, or recorded and compiled.
 */
export type TrainingStep = (state: TrainState, batch: Batch, scalars: StepScalars) => tf.Scalar;

/** Loss of a batch, and its gradient by the names of the variables. */
export interface LossGradients {
  readonly loss: tf.Scalar;
  readonly gradients: tf.NamedTensorMap;
}

/**
 * The usual step: one update by the gradient of the mean smoothed cross-entropy over the batch.
 *
 * @param state Model, optimizer and the variables to train.
 * @param batch Images and labels.
 * @param scalars Seed of the masks, and what the loss is told.
 * @throws TypeError when it is not handed what `train` gives it.
 * @example
 * ```ts
 * import { plainStep, type TrainingStep } from '@nfnets/trainer';
 * import * as tf from '@tensorflow/tfjs';
 *
 * // A step of one's own: with noise on the images.
 * const noisyStep: TrainingStep = (state, { images, labels }, scalars) =>
 *   plainStep(state, { images: tf.add(images, tf.randomNormal(images.shape, 0, 0.1)), labels }, scalars);
 * ```
 */
export const plainStep: TrainingStep = (state, batch, scalars) =>
  tf.tidy(() => {
    assertStepArguments('plainStep', state, batch, scalars);
    const { loss, gradients } = lossGradients(state, batch, scalars);
    applyGradients(state, gradients);
    return loss;
  });

/** Throws unless a step of one's own hands on what `train` gives it. */
export function assertStepArguments(who: string, ...given: Parameters<TrainingStep>): void {
  const [state, batch, scalars] = given;
  const isState = Array.isArray(state?.variables) && typeof state.model?.apply === 'function';
  if (!isState || typeof state.optimizer?.applyGradients !== 'function') {
    throw new TypeError(`${who}: \`state\` must be { model, optimizer, variables }, got ${show(state)}.`);
  }
  if (!(batch?.images instanceof tf.Tensor && batch.labels instanceof tf.Tensor)) {
    throw new TypeError(`${who}: \`batch\` must be { images, labels } of tensors, got ${show(batch)}.`);
  }
  if (typeof scalars === 'object' && scalars !== null) return;
  throw new TypeError(`${who}: \`scalars\` must be { seed, labelSmoothing }, got ${show(scalars)}.`);
}

/** Computes the mean smoothed cross-entropy over `batch` and its gradient. */
export function lossGradients({ model, variables }: TrainState, batch: Batch, scalars: StepScalars): LossGradients {
  const { seed, labelSmoothing, classWeights } = scalars;
  const loss = () => {
    const logits = model.apply(batch.images, { training: true, seed }) as tf.Tensor;
    return softmaxCrossEntropy(logits, batch.labels, { labelSmoothing, ...(classWeights && { classWeights }) });
  };
  try {
    const { value, grads } = tf.variableGrads(loss, variables);
    return { loss: value, gradients: grads };
  } catch (error) {
    releaseTape();
    throw error;
  }
}

/** Updates the variables by their gradients. */
export function applyGradients(
  { optimizer, variables, slots = variables, average, observe }: TrainState,
  own: tf.NamedTensorMap,
): void {
  const gradients = average ? average(own) : own;
  observe?.(variables.flatMap((param) => (gradients[param.name] ? [{ param, grad: gradients[param.name]! }] : [])));
  // All of them and in order, also those without a gradient: tf's optimizers know their slots by position.
  optimizer.applyGradients(slots.map(({ name }) => ({ name, tensor: gradients[name]! })));
}
