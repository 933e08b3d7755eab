import { anything, checkOptions, type OptionRules, rule, show } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Ema } from '../weights/ema.js';
import { layerOf } from '../weights/non-finite-weights.js';
import { layerOfSlot, optimizerName, setOptimizerState, withOptimizerState } from '../weights/optimizer-state.js';
import type { CheckpointTensor } from './checkpoint.js';
import { CheckpointError } from './checkpoint-error.js';

/** What training changes, and what a checkpoint of it holds. */
export interface TrainingState {
  readonly model: LayersModel;
  readonly optimizer?: tf.Optimizer | undefined;
  readonly ema?: Ema | undefined;
}

const has = (value: unknown, method: string) =>
  typeof (value as Record<string, unknown> | null)?.[method] === 'function';

const RULES: OptionRules<TrainingState> = {
  model: anything,
  optimizer: rule('a tf.Optimizer', (value) => has(value, 'getWeights') && has(value, 'setWeights')),
  ema: rule('averages as ema(model, { decay }) makes them', (value) => has(value, 'follow')),
};

/** Throws unless `state` has a model, and besides at most an optimizer and averages. */
export function assertTrainingState(who: string, state: TrainingState): void {
  checkOptions<TrainingState>(who, state, RULES);
  if (Array.isArray(state.model?.layers)) return;
  throw new TypeError(`${who}: \`model\` must be a tf.LayersModel, got ${show(state.model)}.`);
}

/** Where the tensors of each part begin. */
const PARTS = { model: 'model/', optimizer: 'optimizer/', ema: 'ema/' } as const;
/** Number of updates of the averages. */
const UPDATES = `${PARTS.ema}updates`;

/**
 * Runs `use` with the tensors of `state`: all weights of the model, also those that are not trained, the optimizer's slots
 * and counters, and the averages with their count. Their values are what they are when they are read.
 *
 * @param state The model, and where there are any the optimizer and the averages.
 * @param use What is done with the tensors; they are disposed when it is over.
 * @throws TypeError for what is no state; Error for an optimizer that cannot say its state: of tf's own, Adamax.
 * @example
 * ```ts
 * import { createModel } from '@nfnets/models';
 * import { withStateTensors } from '@nfnets/trainer';
 *
 * const model = createModel('nfnet_digits', { numClasses: 10 });
 * const sizes = await withStateTensors({ model }, async (tensors) => tensors.map(({ name, shape }) => [name, shape]));
 * ```
 */
export async function withStateTensors<T>(
  state: TrainingState,
  use: (tensors: readonly CheckpointTensor[]) => Promise<T>,
): Promise<T> {
  assertTrainingState('withStateTensors', state);
  if (typeof use !== 'function') {
    throw new TypeError(`withStateTensors: \`use\` must be a function of the tensors, got ${show(use)}.`);
  }
  const { model, optimizer, ema } = state;
  const names = weightNames(model);
  const tensors = [...names].map(([variable, name]) => checkpointTensor(`${PARTS.model}${name}`, variable));
  if (ema) {
    const count = async () => Int32Array.of(ema.updates);
    tensors.push({ name: UPDATES, dtype: 'int32', shape: [], read: count });
    for (const [name, average] of averageNames(ema, names)) tensors.push(checkpointTensor(name, average));
  }
  if (!optimizer) return use(tensors);
  return withOptimizerState(optimizer, (slots) =>
    use([...tensors, ...[...slots].map(([name, slot]) => checkpointTensor(`${PARTS.optimizer}${name}`, slot))]),
  );
}

/** Name of the layer that a tensor of {@link withStateTensors} belongs to; undefined for what belongs to none. */
export function layerOfTensor(name: string): string | undefined {
  if (name.startsWith(PARTS.optimizer)) return layerOfSlot(name.slice(PARTS.optimizer.length));
  const weight = [averageName(''), PARTS.model].find((part) => name.startsWith(part));
  return weight === undefined ? undefined : layerOf(name.slice(weight.length));
}

/**
 * Gives `state` the values of `tensors`; parts of them that `state` has not are passed over.
 *
 * @param state What gets the values.
 * @param tensors As {@link withStateTensors} gives them, or a {@link CheckpointStore} of one's own.
 * @param label What messages call the checkpoint.
 * @throws CheckpointError when a weight or an average is missing, in excess, or of another shape; `state` is then as before.
 * @example
 * ```ts
 * import { createModel } from '@nfnets/models';
 * import { restoreState, withStateTensors } from '@nfnets/trainer';
 *
 * const trained = createModel('nfnet_digits', { numClasses: 10, seed: 0 });
 * const other = createModel('nfnet_digits', { numClasses: 10, seed: 1 });
 * await withStateTensors({ model: trained }, (tensors) => restoreState({ model: other }, tensors, 'the trained model'));
 * ```
 */
export async function restoreState(
  state: TrainingState,
  tensors: readonly CheckpointTensor[],
  label: string,
): Promise<void> {
  assertTrainingState('restoreState', state);
  if (!Array.isArray(tensors) || !tensors.every((tensor) => has(tensor, 'read'))) {
    throw new TypeError(
      `restoreState: \`tensors\` must be a list as withStateTensors() gives it, got ${show(tensors)}.`,
    );
  }
  const { model, optimizer, ema } = state;
  const names = weightNames(model);
  const of = (part: string) => tensors.filter(({ name }) => name.startsWith(part));
  const updates = tensors.find(({ name }) => name === UPDATES);
  const averages = of(PARTS.ema).filter((tensor) => tensor !== updates);
  // Of weights that were unfrozen later.
  if (ema)
    ema.follow(
      [...names]
        .filter(([, name]) => averages.some((each) => each.name === averageName(name)))
        .map(([variable]) => variable),
    );
  const weightFit = fit(
    new Map([...names].map(([variable, name]) => [`${PARTS.model}${name}`, variable])),
    of(PARTS.model),
  );
  const averageFit = fit(new Map(ema && updates ? averageNames(ema, names) : []), ema && updates ? averages : []);
  const flaws = [...weightFit.flaws, ...averageFit.flaws];
  if (optimizer && of(PARTS.optimizer).length === 0) flaws.push('it has no optimizer');
  if (ema && !updates) flaws.push('it has no averages');
  if (flaws.length > 0) {
    throw new CheckpointError(`${label}: does not fit: ${flaws.join('; ')}. Load it where it was made.`);
  }

  for (const [variable, tensor] of [...weightFit.pairs, ...averageFit.pairs]) {
    const value = await tensorOf(tensor);
    // Not LayerVariable.write, which would constrain the values once more.
    variable.assign(value);
    value.dispose();
  }
  if (ema) ema.updates = (await updates!.read())[0]!;
  if (!optimizer) return;
  const slots = new Map<string, tf.Tensor>();
  try {
    for (const tensor of of(PARTS.optimizer)) {
      slots.set(tensor.name.slice(PARTS.optimizer.length), await tensorOf(tensor));
    }
    await setOptimizerState(optimizer, slots).catch((error: Error) => {
      throw new CheckpointError(`${label}: ${optimizerName(optimizer)} does not take its state: ${error.message}`);
    });
  } finally {
    tf.dispose([...slots.values()]);
  }
}

/** Which tensor belongs to which variable, and what belongs to nothing. */
function fit(
  wanted: ReadonlyMap<string, tf.Variable>,
  tensors: readonly CheckpointTensor[],
): { pairs: [tf.Variable, CheckpointTensor][]; flaws: string[] } {
  const variables = [...wanted.values()];
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const isSameShape = (a: { shape: readonly number[] }, b: { shape: readonly number[] }) =>
    String(a.shape) === String(b.shape);
  // tfjs numbers layers without a name of their own over the whole process: those of a second model are called otherwise.
  const areRenamed =
    tensors.length === variables.length &&
    ![...wanted.keys()].every((name) => byName.has(name)) &&
    variables.every((variable, i) => isSameShape(variable, tensors[i]!));
  if (areRenamed) return { pairs: variables.map((variable, i) => [variable, tensors[i]!]), flaws: [] };
  const pairs: [tf.Variable, CheckpointTensor][] = [];
  const flaws: string[] = [];
  for (const [name, variable] of wanted) {
    const tensor = byName.get(name);
    if (!tensor) flaws.push(`${name} is missing from it`);
    else if (!isSameShape(tensor, variable))
      flaws.push(`${name} is [${tensor.shape}] in it and should be [${variable.shape}]`);
    else pairs.push([variable, tensor]);
  }
  for (const name of byName.keys()) if (!wanted.has(name)) flaws.push(`${name} is in it and belongs to nothing`);
  return { pairs, flaws };
}

/** The variables of a model's weights, each once, with a name that does not depend on the process. */
function weightNames(model: LayersModel): Map<tf.Variable, string> {
  const names = new Map<tf.Variable, string>();
  const taken = new Set<string>();
  // By layers: the model's own list begins with what is trainable, and so changes when a layer is frozen.
  for (const weight of model.layers.flatMap((layer) => layer.weights)) {
    const variable = weight.read() as tf.Variable;
    if (names.has(variable)) continue;
    let name = weight.originalName;
    for (let n = 1; taken.has(name); n++) name = `${weight.originalName}#${n}`;
    taken.add(name);
    names.set(variable, name);
  }
  return names;
}

function averageNames({ variables, averages }: Ema, names: ReadonlyMap<tf.Variable, string>): [string, tf.Variable][] {
  return averages.map((average, i) => [averageName(names.get(variables[i]!) ?? String(i)), average]);
}

function averageName(weightName: string): string {
  return `${PARTS.ema}average/${weightName}`;
}

function checkpointTensor(name: string, tensor: tf.Tensor): CheckpointTensor {
  const { dtype, shape } = tensor;
  if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool') {
    throw new CheckpointError(`checkpoint: ${name} must be float32, int32 or bool, got ${dtype}.`);
  }
  return { name, dtype, shape, read: () => tensor.data() as ReturnType<CheckpointTensor['read']> };
}

async function tensorOf({ read, shape, dtype }: CheckpointTensor): Promise<tf.Tensor> {
  return tf.tensor(await read(), [...shape], dtype);
}
