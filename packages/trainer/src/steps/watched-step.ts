import type { Batch } from '@nfnets/data';
import { show } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import { changingWeights } from '../weights/model-weights.js';
import { tensorSums } from '../weights/tensor-sums.js';
import type { StepScalars, TrainingStep, TrainState } from './training-step.js';

/** What an update made, and whether it is finite. For the caller to dispose. */
export type WatchedUpdate = {
  readonly loss: tf.Scalar;
  /**
   * First the sum of the gradient of the first variable, before it is transformed: whatever is not finite spreads to there. Then the
   * sums of all weights after the update. Finite while all of these are, but for a sum that overflows.
   */
  readonly sums: tf.Tensor1D;
};

/**
 * Makes of a step one that also tells whether its gradients and the weights after it are finite. The loss does not tell: some kernels
 * make a number of a NaN, and a transform of the gradients may hide one. It costs one pass over the weights.
 *
 * @param step The step; {@link plainStep} or another.
 * @throws TypeError when `step` is no function; the step that it makes, as that does.
 * @example
 * ```ts
 * import { plainStep, watchedStep } from '@nfnets/trainer';
 *
 * const step = watchedStep(plainStep); // step(state, batch, scalars): { loss, sums }, both for the caller to dispose
 * ```
 */
export function watchedStep(
  step: TrainingStep,
): (state: TrainState, batch: Batch, scalars: StepScalars) => WatchedUpdate {
  if (typeof step !== 'function') {
    throw new TypeError(`watchedStep: \`step\` must be a function such as plainStep, got ${show(step)}.`);
  }
  const weightsOf = weightsWhileTrained();
  return (state, batch, scalars) => {
    let gradientSum: tf.Tensor | undefined;
    const observe: TrainState['observe'] = (gradients) => {
      state.observe?.(gradients);
      gradientSum?.dispose();
      // The step frees what it makes.
      gradientSum = gradients[0] && tf.keep(tf.sum(gradients[0].grad));
    };
    try {
      const loss = step({ ...state, observe }, batch, scalars);
      const sums = tf.tidy(() =>
        tf.concat1d([tf.reshape(gradientSum ?? tf.scalar(0), [1]), tensorSums(weightsOf(state)).values]),
      );
      return { loss, sums };
    } finally {
      gradientSum?.dispose();
    }
  };
}

/** Lists the weights that a step may change, and remembers them while the same ones are trained. */
function weightsWhileTrained(): (state: TrainState) => readonly tf.Variable[] {
  let trained: readonly tf.Variable[] = [];
  let weights: readonly tf.Variable[] = [];
  return ({ model, variables }) => {
    if (variables.length === trained.length && variables.every((each, i) => each === trained[i])) return weights;
    trained = [...variables];
    weights = changingWeights(model, variables);
    return weights;
  };
}
