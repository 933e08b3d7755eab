import { numberOf } from '@nfnets/json-numbers';
import type {
  CheckpointMetrics,
  CheckpointStore,
  RunInfo,
  RunPosition,
  TaskFingerprint,
} from '../checkpoints/checkpoint.js';
import { CheckpointError, NonFiniteTensorError } from '../checkpoints/checkpoint-error.js';
import { layerOfTensor, restoreState, withStateTensors } from '../checkpoints/training-state.js';
import type { Fault } from '../divergence/find-fault.js';
import type { EpochEnd, RunResumed } from '../train-event.js';
import { optimizerName, withOptimizerState } from '../weights/optimizer-state.js';
import { restoreTrainable } from '../weights/trained-weights.js';
import type { TrainTask } from './train-task.js';

/** Keeps a run as it is at `position`, and says where; or what of it is not finite, so that it was not kept. */
export async function saveRun(
  task: TrainTask,
  store: CheckpointStore,
  position: RunPosition,
  metrics: CheckpointMetrics | undefined,
  kept: Pick<RunInfo, 'trained' | 'precision'>,
): Promise<string | Fault> {
  const { model, optimizer, ema } = task;
  const info: RunInfo = { task: fingerprint(task), position, ...(metrics && { metrics }), ...kept };
  try {
    return await withStateTensors({ model, optimizer, ema }, (tensors) => store.save({ info, tensors }));
  } catch (error) {
    if (!(error instanceof NonFiniteTensorError)) throw error;
    const layer = layerOfTensor(error.tensor);
    return {
      kind: 'non-finite-state',
      ...(layer !== undefined && { layer }),
      reason: `\`${error.tensor}\` is not finite, and so no checkpoint was made of it`,
    };
  }
}

/** What of a run was found. */
export interface ResumedRun {
  readonly info: RunInfo;
  readonly event: RunResumed;
}

/**
 * Takes a run up where its newest checkpoint is; undefined where it begins.
 *
 * @throws CheckpointError when the checkpoint is of another task: the message names what differs.
 */
export async function resumeRun(task: TrainTask, store: CheckpointStore): Promise<ResumedRun | undefined> {
  const { model, optimizer, ema } = task;
  // An optimizer that cannot be saved should say so now, not after an hour.
  await withOptimizerState(optimizer, async () => {});
  const found = await store.find();
  if (!found) return undefined;
  const { place, refused, tensors } = found;
  try {
    const saved = found.info as RunInfo;
    assertSameTask(place, saved.task, fingerprint(task));
    const info = { ...saved, position: withNumbers(saved.position) };
    await restoreState({ model, optimizer, ema }, tensors, place);
    const refrozen = info.trained ? restoreTrainable(model, info.trained) : [];
    const { steps, epoch, lossSum, samples } = info.position;
    const event: RunResumed = { type: 'run-resumed', steps, epoch, lossSum, samples, place, refused };
    return { info, event: refrozen.length > 0 ? { ...event, refrozen } : event };
  } finally {
    await found.close();
  }
}

/** Older checkpoints have null for a number that was not finite. */
function withNumbers(position: RunPosition): RunPosition {
  const { lossSum, divergence } = position;
  const recent = divergence.recent.map((loss) => numberOf(loss)!);
  return { ...position, lossSum: numberOf(lossSum)!, divergence: { ...divergence, recent } };
}

/** The figures of an epoch, if it was evaluated. */
export function metricsOf({ evaluation, emaEvaluation }: EpochEnd): CheckpointMetrics | undefined {
  if (!evaluation) return undefined;
  const { accuracy, loss } = evaluation;
  return {
    accuracy,
    loss,
    ...(emaEvaluation && { emaAccuracy: emaEvaluation.accuracy, emaLoss: emaEvaluation.loss }),
  };
}

/** What must be the same of a task in all that is one run. */
export function fingerprint({
  batchSize,
  partialBatch = 'drop',
  seed,
  data,
  optimizer,
  ema,
}: TrainTask): TaskFingerprint {
  const { length: samples, imageShape, numClasses } = data;
  const common = { batchSize, partialBatch, seed, samples, imageShape, numClasses };
  return { ...common, optimizer: optimizerName(optimizer), ema: ema !== undefined };
}

function assertSameTask(place: string, saved: TaskFingerprint | undefined, task: TaskFingerprint): void {
  if (!saved) {
    throw new CheckpointError(`train: ${place} was not made by train(). Give \`checkpoint\` a folder of its own.`);
  }
  const differing = (Object.keys(task) as (keyof TaskFingerprint)[])
    .filter((key) => JSON.stringify(saved[key]) !== JSON.stringify(task[key]))
    .map((key) => `\`${key}\` was ${JSON.stringify(saved[key])} and is ${JSON.stringify(task[key])}`);
  if (differing.length === 0) return;
  throw new CheckpointError(
    `train: ${place} is of another task: ${differing.join('; ')}. Use another folder, or delete this one to begin anew.`,
  );
}
