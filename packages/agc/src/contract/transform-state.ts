import * as tf from '@tensorflow/tfjs-core';

/** A tensor that is kept for a variable, or once for all of them. */
export interface StateSlot {
  readonly param: tf.Variable | undefined;
  readonly slot: string;
  readonly value: tf.Variable;
}

/**
 * What one transform remembers from step to step: tensors that it makes on first use and assigns, by variable or for the whole run.
 *
 * A transform gets it with the gradients. The optimizer that runs the transform holds it, saves it behind its own weights and disposes of
 * it, so that one transform may serve several optimizers. A variable without a gradient keeps what it has.
 *
 * @throws Error from `of` and `shared` where what was loaded has another shape than `start` makes.
 * @example
 * ```ts
 * import { adaGC, TransformState } from '@nfnets/agc';
 * import * as tf from '@tensorflow/tfjs';
 *
 * // To call a transform without an optimizer, as in a test.
 * const state = new TransformState();
 * const weight = tf.variable(tf.ones([3]));
 * const [clipped] = adaGC().apply([{ param: weight, grad: tf.ones([3]) }], state);
 * state.dispose();
 * ```
 */
export class TransformState {
  private readonly slots = new Map<string, StateSlot>();
  /** Keys of loaded slots that no transform has asked for yet. */
  private readonly unseen = new Set<string>();

  /**
   * The tensor under `slot` that belongs to `param`.
   *
   * @param start Makes its first value. Default zeros of the variable's shape.
   */
  of(param: tf.Variable, slot: string, start: () => tf.Tensor = () => tf.zerosLike(param)): tf.Variable {
    return this.find(param, slot, start);
  }

  /**
   * The tensor under `slot` that is kept once for all variables.
   *
   * @param start Makes its first value. Default the scalar 0.
   */
  shared(slot: string, start: () => tf.Tensor = () => tf.scalar(0)): tf.Variable {
    return this.find(undefined, slot, start);
  }

  /** All that is kept, in the order in which it was made. */
  list(): StateSlot[] {
    return [...this.slots.values()];
  }

  /** Keeps these instead, which belong to this state from now on. */
  restore(slots: readonly StateSlot[]): void {
    this.dispose();
    for (const each of slots) {
      const key = keyOf(each.param, each.slot);
      this.slots.set(key, each);
      this.unseen.add(key);
    }
  }

  /** Frees what is kept; the next step begins anew. */
  dispose(): void {
    for (const { value } of this.slots.values()) value.dispose();
    this.slots.clear();
    this.unseen.clear();
  }

  private find(param: tf.Variable | undefined, slot: string, start: () => tf.Tensor): tf.Variable {
    const key = keyOf(param, slot);
    const known = this.slots.get(key);
    if (known && !this.unseen.delete(key)) return known.value;
    return tf.tidy(() => {
      const first = start();
      if (known) return sameShape(known, first.shape);
      const value = tf.variable(first, false);
      this.slots.set(key, { param, slot, value });
      return value;
    });
  }
}

function keyOf(param: tf.Variable | undefined, slot: string): string {
  return `${param?.id ?? ''} ${slot}`;
}

function sameShape({ param, slot, value }: StateSlot, shape: readonly number[]): tf.Variable {
  if (tf.util.arraysEqual([...shape], value.shape)) return value;
  throw new Error(
    `withTransforms: the loaded state \`${slot}\`${param ? ` of '${param.name}'` : ''} has the shape [${value.shape}], and the transform wants [${shape}]. Load it with the options it was saved with.`,
  );
}
