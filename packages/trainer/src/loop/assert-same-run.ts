import { fingerprint } from './run-checkpoint.js';
import type { Together } from './train-group.js';
import type { TrainTask } from './train-task.js';

/** Throws unless all processes have the same task, as far as that can be seen. Their weights come from the first: see `startTogether`. */
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
