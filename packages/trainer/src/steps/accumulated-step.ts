import { checkOptions, integerFrom } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import { meanOverParts } from './mean-over-parts.js';
import { applyGradients, assertStepArguments, lossGradients, type TrainingStep } from './training-step.js';

/** Options of {@link accumulatedStep}. */
export interface AccumulatedStepArgs {
  /** Parts that a batch is cut into, as equal as whole samples can be; a batch of fewer samples has a part for each. */
  readonly microBatches: number;
}

/**
 * Makes a step that needs the memory of a part of its batch: the gradients of its parts are averaged, by their samples, then clipped
 * and applied once, which is the update of the whole batch but for rounding and masks.
 *
 * Every part draws masks of its own.
 *
 * @throws RangeError or TypeError if `microBatches` is not a positive integer, or another option is given.
 * @example
 * ```ts
 * import { arrayDataset } from '@nfnets/data';
 * import { mnistDigits } from '@nfnets/data/node';
 * import { createModel } from '@nfnets/models';
 * import { accumulatedStep, fit } from '@nfnets/trainer';
 *
 * // Batches of 1024 in the memory of 128.
 * const model = createModel('nfnet_digits', { numClasses: 10 });
 * await fit(model, arrayDataset(mnistDigits()), { batchSize: 1024, step: accumulatedStep({ microBatches: 8 }) });
 * ```
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
