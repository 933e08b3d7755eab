import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Ema } from './ema.js';
import { layersOf } from './layers-of.js';
import { trainableVariables } from './trainable-variables.js';

/** What of a model is trained. */
export interface TrainedState {
  /** Of each layer and then the model, whether it is trained. */
  readonly trainable: readonly boolean[];
  /** The weights that have been trained by their numbers, in the order of the optimizer's slots. */
  readonly slots: readonly number[];
}

/**
 * Which weights of a model a run trains at present. `layer.trainable` may be set at any time.
 *
 * A weight that is frozen keeps what the optimizer remembers of it, and its average goes on moving towards it; one that is trained
 * later gets both then, the average as if it had been there from the start.
 */
export class TrainedWeights {
  /** The variables that are trained now, in the model's order. */
  variables: readonly tf.Variable[] = [];
  /** The variables that have been trained, in an order to which new ones are added: tf's optimizers know their slots by position. */
  slots: readonly tf.Variable[];

  /** @param slots the order that `optimizer` knows from before */
  private constructor(
    private readonly model: LayersModel,
    private readonly ema: Ema | undefined,
    slots: readonly tf.Variable[],
  ) {
    this.slots = slots;
    this.variables = trainableVariables(model);
    this.include();
  }

  /** Begins with the weights that `optimizer` has slots for, as those of a checkpoint or of a run before. */
  static async start(
    model: LayersModel,
    optimizer: tf.Optimizer,
    ema: Ema | undefined,
    saved: TrainedState | undefined,
  ): Promise<TrainedWeights> {
    const all = weightsOf(model);
    const slots = saved ? saved.slots.map((index) => all[index]!) : await knownTo(optimizer, all);
    return new TrainedWeights(model, ema, slots);
  }

  /** What a checkpoint keeps. */
  get saved(): TrainedState {
    const all = weightsOf(this.model);
    return {
      trainable: flagged(this.model).map(({ trainable }) => trainable),
      slots: this.slots.map((slot) => all.indexOf(slot)),
    };
  }

  /** Takes up what was frozen or unfrozen. */
  follow(): void {
    const variables = trainableVariables(this.model);
    if (variables.length === this.variables.length && variables.every((each, i) => each === this.variables[i])) return;
    if (variables.length === 0) {
      throw new RangeError(
        'train: `model` must have trainable weights, and all of its layers were frozen. Keep one, or leave the loop.',
      );
    }
    this.ema?.follow(variables.filter((each) => !this.slots.includes(each)));
    this.variables = variables;
    this.include();
  }

  private include(): void {
    this.slots = [...new Set([...this.slots, ...this.variables])];
  }
}

/**
 * Freezes and unfreezes the layers of `model` as they were when `saved` was made.
 *
 * @returns the names of those that were otherwise
 */
export function restoreTrainable(model: LayersModel, { trainable }: TrainedState): string[] {
  const layers = flagged(model);
  if (layers.length !== trainable.length) return [];
  const changed: string[] = [];
  // Models before their layers: setting theirs sets all of them.
  for (const [i, layer] of [...layers.entries()].reverse()) {
    if (layer.trainable === trainable[i]) continue;
    layer.trainable = trainable[i]!;
    changed.unshift(layer.name);
  }
  return changed;
}

function flagged(model: LayersModel): { trainable: boolean; readonly name: string }[] {
  return [...layersOf(model), model];
}

/** The variables of all weights, each once, in the order in which they were made: that of a model changes with what is frozen. */
function weightsOf(model: LayersModel): tf.Variable[] {
  const weights = model.weights.toSorted((a, b) => a.id - b.id);
  return [...new Set(weights.map((weight) => weight.read() as tf.Variable))];
}

/** Those of `variables` that an optimizer has slots for, in its order; none of one that does not tell. */
async function knownTo(optimizer: tf.Optimizer, variables: readonly tf.Variable[]): Promise<tf.Variable[]> {
  const weights = await optimizer.getWeights().catch(() => []);
  const [count, ...slots] = weights;
  if (count && !(count.tensor instanceof tf.Variable)) count.tensor.dispose();
  const names = new Set(slots.map(({ name }) => name.slice(0, name.lastIndexOf('/'))));
  return [...names].flatMap((name) => variables.filter((variable) => variable.name === name));
}
