import { fromJson, toJson } from '@nfnets/json-numbers';
import type { CheckpointTensor } from '../checkpoints/checkpoint.js';
import { CheckpointError } from '../checkpoints/checkpoint-error.js';
import { restoreState, type TrainingState, withStateTensors } from '../checkpoints/training-state.js';
import { withOptimizerState } from '../weights/optimizer-state.js';
import { restoreTrainable } from '../weights/trained-weights.js';
import { type ResumedRun, resumeRun } from './run-checkpoint.js';
import type { Together, TrainGroup } from './train-group.js';
import type { TrainTask } from './train-task.js';

/** Bytes of tensors that are sent together. */
const PACK = 2 ** 26;

/**
 * Takes a run up where its newest checkpoint is; undefined where it begins. Of several processes the first looks, and the others get of
 * it where the run is, and its weights, averages and optimizer's state.
 *
 * @throws CheckpointError when the checkpoint is of another task; an error of the group's where a process has another model or optimizer
 */
export async function startTogether(together: Together, task: TrainTask): Promise<ResumedRun | undefined> {
  const { checkpoint: store, model } = task;
  const { group, isFirst } = together;
  if (!group) return store && (await resumeRun(task, store));
  let own: ResumedRun | undefined;
  let error: Error | undefined;
  try {
    own = isFirst && store ? await resumeRun(task, store) : undefined;
  } catch (thrown) {
    // The others would wait.
    error = thrown as Error;
  }
  const told = await together.ofFirst('where the run begins', {
    failure: error?.message,
    run: own && toJson(own),
  });
  if (error) throw error;
  if (told.failure !== undefined) throw new CheckpointError(told.failure);
  const resumed = told.run === undefined ? undefined : (fromJson(told.run) as ResumedRun);
  if (!isFirst && resumed?.info.trained) restoreTrainable(model, resumed.info.trained);
  await giveState(together, group, await stateOf(task));
  return resumed;
}

/** What of a task all processes must have the same: the optimizer's part only where it can say it. */
async function stateOf({ model, optimizer, ema }: TrainTask): Promise<TrainingState> {
  const tells = await withOptimizerState(optimizer, async () => true).catch(() => false);
  return { model, ema, ...(tells && { optimizer }) };
}

/** Gives all processes the state of the first, where theirs is another, and makes sure that they have it. */
async function giveState(together: Together, group: TrainGroup, state: TrainingState): Promise<void> {
  group.assertSame('the model', await withStateTensors({ ...state, optimizer: undefined }, shapesOf));
  const checksums = await together.exchange('the weights at the start', await withStateTensors(state, checksumOf));
  if (checksums.every((checksum) => checksum === checksums[0])) return;
  if (together.isFirst) await withStateTensors(state, (tensors) => send(together, group, tensors));
  else await restoreState(state, await send(together, group, []), 'the state of process 0');
  group.assertSame('the weights that process 0 sent', { checksum: await withStateTensors(state, checksumOf) });
}

/** Sends `tensors` of the first process to the others; returns what was sent. */
async function send(
  together: Together,
  group: TrainGroup,
  tensors: readonly CheckpointTensor[],
): Promise<CheckpointTensor[]> {
  const own = tensors.map(({ name, dtype, shape }) => ({ name, dtype, shape }));
  const layouts = await together.ofFirst('what the weights are', own);
  const sent: CheckpointTensor[] = [];
  while (sent.length < layouts.length) {
    const ends = packOf(layouts.slice(sent.length));
    const bytes = new Uint8Array(ends.at(-1)!);
    const startOf = (i: number) => (i === 0 ? 0 : ends[i - 1]!);
    if (together.isFirst) {
      for (const i of ends.keys()) {
        const { buffer, byteOffset, byteLength } = await tensors[sent.length + i]!.read();
        bytes.set(new Uint8Array(buffer, byteOffset, byteLength), startOf(i));
      }
    }
    group.broadcast(bytes);
    for (const [i, layout] of layouts.slice(sent.length, sent.length + ends.length).entries()) {
      const Values = { float32: Float32Array, int32: Int32Array, bool: Uint8Array }[layout.dtype];
      const values = new Values(bytes.buffer, startOf(i), countOf(layout));
      sent.push({ ...layout, read: async () => values });
    }
  }
  return sent;
}

/** Of how many of `layouts` are sent together, where each ends in bytes: one at least. */
function packOf(layouts: readonly Layout[]): number[] {
  const ends: number[] = [];
  for (const layout of layouts) {
    const end = (ends.at(-1) ?? 0) + sizeOf(layout);
    if (ends.length > 0 && end > PACK) break;
    ends.push(end);
  }
  return ends;
}

type Layout = Pick<CheckpointTensor, 'name' | 'dtype' | 'shape'>;

const countOf = ({ shape }: Layout) => shape.reduce((product, size) => product * size, 1);
/** Bytes, so that the next one begins at a multiple of four. */
const sizeOf = (layout: Layout) => 4 * countOf(layout);

/** Of each tensor by its place: names are numbered over a process, and are not the same in all. */
async function shapesOf(tensors: readonly CheckpointTensor[]): Promise<Record<string, unknown>> {
  const shapes = tensors.map(({ shape }, i) => [`shape of weight ${i + 1}`, shape] as const);
  return { weights: tensors.length, ...Object.fromEntries(shapes) };
}

async function checksumOf(tensors: readonly CheckpointTensor[]): Promise<string> {
  const hash = process.getBuiltinModule('node:crypto').createHash('sha256');
  for (const { shape, read } of tensors) hash.update(shape.join('x')).update(await read());
  return hash.digest('hex').slice(0, 16);
}
