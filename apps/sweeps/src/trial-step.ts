import { accumulatedStep, samStep, type TrainingStep } from '@nfnets/trainer';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { bytesPerImage, fitMicroBatch, trialMemory } from './fit-micro-batch.js';
import type { TrialConfig } from './sweep-schema.js';

/** What makes an update of a batch in a trial, in `microBatches` parts. */
export interface TrialStep {
  /** Undefined for the trainer's own. */
  readonly step: TrainingStep | undefined;
  readonly microBatches: number;
}

/** The step that `config` asks for, in parts that fit its share of the memory where it leaves that open. */
export function trialStep(
  { step, microBatch, batchSize }: TrialConfig,
  model: LayersModel,
  threads: number,
): TrialStep {
  if (step?.name === 'sam') return { step: samStep({ rho: step.rho, ascentShare: step.ascentShare }), microBatches: 1 };
  const size =
    microBatch === 'auto'
      ? fitMicroBatch(batchSize, bytesPerImage(model), trialMemory(threads))
      : (microBatch ?? batchSize);
  const microBatches = size === 'off' ? 1 : batchSize / size;
  return { step: microBatches === 1 ? undefined : accumulatedStep({ microBatches }), microBatches };
}
