import * as tf from '@tensorflow/tfjs-core';

/** A gradient or an optimizer's weight as tf lists them. */
export interface NamedTensor {
  readonly name: string;
  readonly tensor: tf.Tensor;
}

/**
 * Keeps every variable at one position in the lists that a tf optimizer is given.
 *
 * tf optimizers find a variable's momentum by that position. It moves when a `NamedTensorMap` leaves out a variable
 * that has no gradient in this step, and momenta are then mixed up.
 */
export class SlotOrder {
  /** Name of the variable at each position, under a key that tells repetitions apart. */
  private readonly slots = new Map<string, string>();

  /** `savedNames`: variables by position in the state that was loaded into the optimizer, if any. */
  constructor(private savedNames: readonly string[] = []) {}

  /** The order in which a tf optimizer wrote its weights: `iter`, then `<variable>/<slot>` for one slot after the other. */
  static fromWeights(weights: readonly NamedTensor[]): SlotOrder {
    const names = weights.slice(1).map(({ name }) => splitLast(name));
    return new SlotOrder(names.filter(({ last }) => last === names[0]?.last).map(({ head }) => head));
  }

  /** The names of the variables by position. */
  get names(): string[] {
    return [...this.slots.values()];
  }

  /** `gradients` with each variable at its own position, null for those that are not among them. */
  arrange(gradients: readonly NamedTensor[]): NamedTensor[] {
    this.adoptSavedNames(gradients);
    const tensors = new Map<string, tf.Tensor>();
    for (const [key, { name, tensor }] of numberRepetitions(gradients)) {
      if (!this.slots.has(key)) this.slots.set(key, name);
      tensors.set(key, tensor);
    }
    // tf takes null for "no gradient", though its types do not say so.
    return [...this.slots].map(([key, name]) => ({ name, tensor: tensors.get(key) ?? (null as unknown as tf.Tensor) }));
  }

  // A loaded model's weights may have got other names (`fc/kernel_1`); then the order of the first call must do.
  private adoptSavedNames(gradients: readonly NamedTensor[]): void {
    const saved = this.savedNames.map((name) => ({ name }));
    this.savedNames = [];
    const areSaved = gradients.every(({ name }) => saved.some((each) => each.name === name));
    const exist = saved.every(({ name }) => tf.engine().registeredVariables[name] !== undefined);
    if (areSaved && exist) for (const [key, { name }] of numberRepetitions(saved)) this.slots.set(key, name);
  }
}

// tfjs-layers lists the weights of a layer twice if two parts of a model share it.
function numberRepetitions<T extends { readonly name: string }>(items: readonly T[]): [string, T][] {
  const counts = new Map<string, number>();
  return items.map((item) => {
    const count = counts.get(item.name) ?? 0;
    counts.set(item.name, count + 1);
    return [`${count} ${item.name}`, item];
  });
}

function splitLast(name: string): { head: string; last: string } {
  const slash = name.lastIndexOf('/');
  return { head: name.slice(0, slash), last: name.slice(slash + 1) };
}
