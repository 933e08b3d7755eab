import * as tf from '@tensorflow/tfjs-core';
import { assertInteger } from './check-option.js';
import { meanOverParts } from './mean-over-parts.js';
import { applyGradients, lossGradients, type TrainingStep } from './training-step.js';

export interface AccumulatedStepArgs {
  /** Parts that a batch is cut into; must divide it. */
  readonly microBatches: number;
}

/**
 * A step that needs the memory of a part of its batch: the gradients of equal parts are averaged, then clipped and
 * applied once, which is the update of the whole batch but for rounding and masks.
 *
 * Every part draws masks of its own.
 *
 * @throws RangeError if `microBatches` is not a positive integer; the step does, if it does not divide the batch
 */
export function accumulatedStep({ microBatches }: AccumulatedStepArgs): TrainingStep {
  assertInteger('accumulatedStep', 'microBatches', microBatches, 1);
  return (state, batch, scalars) =>
    tf.tidy(() => {
      const { loss, gradients } = meanOverParts('accumulatedStep', microBatches, batch, scalars, (part, own) =>
        lossGradients(state, part, own),
      );
      applyGradients(state, gradients);
      return loss;
    });
}
