import { accumulatedStep, samStep, type TrainingStep } from '@nfnets/trainer';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { TrialConfig } from '../schema/index.js';
import { bytesPerImage, fitMicroBatch, trialMemory } from './fit-micro-batch.js';

/** What makes an update of a batch in a trial, in `microBatches` parts. */
export interface TrialStep {
  /** Undefined for the trainer's own. */
  readonly step: TrainingStep | undefined;
  readonly microBatches: number;
}

/** The step that `config` asks for, in parts that fit its share of the memory where it leaves that open. */
export function trialStep(config: TrialConfig, model: LayersModel, threads: number): TrialStep {
  const { step, batchSize } = config;
  const microBatches = batchSize / microBatchOf(config, model, threads);
  if (step?.name === 'sam') {
    const { rho, ascentShare } = step;
    return { step: samStep({ rho, ascentShare, microBatches }), microBatches };
  }
  return { step: microBatches === 1 ? undefined : accumulatedStep({ microBatches }), microBatches };
}

function microBatchOf({ microBatch = 'off', batchSize }: TrialConfig, model: LayersModel, threads: number): number {
  if (microBatch === 'auto') return fitMicroBatch(batchSize, bytesPerImage(model), trialMemory(threads));
  return microBatch === 'off' ? batchSize : microBatch;
}
