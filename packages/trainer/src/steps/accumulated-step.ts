import { checkOptions, integerFrom } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import { meanOverParts } from './mean-over-parts.js';
import { applyGradients, assertStepArguments, lossGradients, type TrainingStep } from './training-step.js';

export interface AccumulatedStepArgs {
  /** Parts that a batch is cut into, as equal as whole samples can be; a batch of fewer samples has a part for each. */
  readonly microBatches: number;
}

/**
 * A step that needs the memory of a part of its batch: the gradients of its parts are averaged, by their samples, then clipped
 * and applied once, which is the update of the whole batch but for rounding and masks.
 *
 * Every part draws masks of its own.
 *
 * @throws RangeError if `microBatches` is not a positive integer, or another option is given
 */
export function accumulatedStep(args: AccumulatedStepArgs): TrainingStep {
  const rules = { microBatches: integerFrom(1) };
  checkOptions<AccumulatedStepArgs>('accumulatedStep', args, rules, { required: ['microBatches'] });
  const { microBatches } = args;
  return (state, batch, scalars) =>
    tf.tidy(() => {
      assertStepArguments('accumulatedStep', state, batch, scalars);
      const { loss, gradients } = meanOverParts(microBatches, batch, scalars, (part, own) =>
        lossGradients(state, part, own),
      );
      applyGradients(state, gradients);
      return loss;
    });
}
