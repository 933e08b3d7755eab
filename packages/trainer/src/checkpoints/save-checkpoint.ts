import { show } from '@nfnets/options';
import { readCheckpoint, writeCheckpoint } from './checkpoint-folder.js';
import { assertTrainingState, restoreState, type TrainingState, withStateTensors } from './training-state.js';

/**
 * Saves what training changes into the folder `path`, in place of what was there: all weights of the model, the optimizer's
 * slots and counters, the averages; and `info`, whatever JSON can say, and numbers that are not finite.
 *
 * @param path Folder of the checkpoint.
 * @param state The model, and where there are any the optimizer and the averages.
 * @param info What comes back with the state. Default null.
 * @throws CheckpointError when it cannot be written, or a value is not finite; what was there stays. TypeError for what is no state.
 * @example
 * ```ts
 * import { createModel } from '@nfnets/models';
 * import { saveCheckpoint } from '@nfnets/trainer/node';
 *
 * const model = createModel('nfnet_digits', { numClasses: 10 });
 * await saveCheckpoint('digits-checkpoint', { model }, { epoch: 3, accuracy: 0.97 });
 * ```
 */
export async function saveCheckpoint(path: string, state: TrainingState, info: unknown = null): Promise<void> {
  assertPath('saveCheckpoint', path);
  assertTrainingState('saveCheckpoint', state);
  await withStateTensors(state, (tensors) => writeCheckpoint(path, { info, tensors }));
}

/**
 * Gives model, optimizer and averages the values that {@link saveCheckpoint} or a run saved into the folder `path`, and
 * returns its `info`. Of what is saved, parts that `state` has not are passed over: `{ model }` alone loads the weights.
 *
 * @param path Folder of the checkpoint.
 * @param state What gets the values.
 * @throws CheckpointError when the checkpoint is truncated or changed, or does not fit; `state` is then as before.
 * @example
 * ```ts
 * import { createModel } from '@nfnets/models';
 * import { checkpoints, loadCheckpoint } from '@nfnets/trainer/node';
 *
 * const model = createModel('nfnet_digits', { numClasses: 10 });
 * const best = await checkpoints('runs/digits', { keepBest: 'accuracy' }).best();
 * if (best !== undefined) await loadCheckpoint(best, { model });
 * ```
 */
export async function loadCheckpoint(path: string, state: TrainingState): Promise<unknown> {
  assertPath('loadCheckpoint', path);
  assertTrainingState('loadCheckpoint', state);
  const checkpoint = await readCheckpoint(path);
  try {
    await restoreState(state, checkpoint.tensors, path);
    return checkpoint.info;
  } finally {
    await checkpoint.close();
  }
}

function assertPath(who: string, path: string): void {
  if (typeof path === 'string' && path !== '') return;
  throw new TypeError(`${who}: \`path\` must be the path of a folder, got ${show(path)}.`);
}
