import type * as tf from '@tensorflow/tfjs-core';
import type { RunPosition } from '../checkpoints/checkpoint.js';
import { floatWeights } from '../weights/model-weights.js';
import { fingerprint } from './run-checkpoint.js';
import type { Together } from './train-group.js';
import type { TrainTask } from './train-task.js';

/** Throws unless all processes have the same task, as far as that can be seen. */
export function assertSameRun(together: Together, task: TrainTask, steps: number): void {
  if (!together.group) return;
  const { epochs, schedule, labelSmoothing = 0, classWeights, evaluate, earlyStopping, divergence } = task;
  const at = [0, Math.floor(steps / 2), Math.max(0, steps - 1)];
  together.assertSame('the task', {
    ...fingerprint(task),
    // With the rate.
    optimizerConfig: task.optimizer.getConfig(),
    epochs,
    steps,
    schedule: schedule ? at.map(schedule) : null,
    labelSmoothing,
    classWeights: classWeights ?? null,
    precision: task.precision ?? 'float32',
    evaluate: evaluate
      ? { samples: evaluate.data.length, batchSize: evaluate.batchSize ?? null, everyEpochs: evaluate.everyEpochs ?? 1 }
      : null,
    earlyStopping: earlyStopping ?? null,
    divergence: divergence ?? null,
    transformBatch: task.transformBatch !== undefined,
    step: task.step !== undefined,
    checkpoint: task.checkpoint !== undefined,
    clipStats: task.clipStats ? (task.clipStats.everySteps ?? 50) : null,
  });
}

/** Throws unless all processes begin with the same weights, at the same place. */
export async function assertSameWeights(
  together: Together,
  { model, ema }: Pick<TrainTask, 'model' | 'ema'>,
  { steps, epoch, batch }: RunPosition,
  place: string | undefined,
): Promise<void> {
  if (!together.group) return;
  const checksum = await checksumOf([...floatWeights(model), ...(ema?.averages ?? [])]);
  const what =
    place === undefined
      ? 'the weights at the start (give the models one `seed`, or load one file)'
      : 'the run that is resumed (the folder of checkpoints must be one that all processes see)';
  together.assertSame(what, { checksum, steps, epoch, batch });
}

async function checksumOf(variables: readonly tf.Variable[]): Promise<string> {
  const hash = process.getBuiltinModule('node:crypto').createHash('sha256');
  for (const variable of variables) hash.update(variable.shape.join('x')).update(await variable.data<'float32'>());
  return hash.digest('hex').slice(0, 16);
}
