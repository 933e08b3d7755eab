import * as tf from '@tensorflow/tfjs-core';
import { planStacks, stack, unstack } from './stack-by-shape.js';

/**
 * Tensors on which the same is done one by one, small ones of equal shape by one set of kernel calls.
 *
 * What is made on the way for one stack goes before that of the next comes: it may be large.
 */
export class TensorStacks {
  private readonly plan: readonly (readonly number[])[];
  /** The stacks; two lists of tensors of the same shapes have the same. */
  readonly stacks: readonly tf.Tensor[];
  /** Where each tensor stands in the order of the stacks, if not where it stood. */
  private readonly order: readonly number[] | undefined;

  /** Within a tidy of the caller. */
  constructor(tensors: readonly tf.Tensor[]) {
    this.plan = planStacks(tensors);
    this.stacks = this.plan.map((indices) => stack(indices.map((index) => tensors[index]!)));
    const order = this.plan.flat();
    this.order = order.every((index, i) => index === i) ? undefined : order;
  }

  /** The L2 norm of each tensor, [tensors]. */
  norms(): tf.Tensor1D {
    return tf.sqrt(this.reduce(tf.sum, tf.square));
  }

  /** The L2 norm of all tensors together. */
  globalNorm(): tf.Scalar {
    return tf.sqrt(tf.sum(this.reduce(tf.sum, tf.square)));
  }

  /** One number of each tensor, [tensors]: the sum, maximum or minimum of what `make` makes of its elements. */
  reduce(
    by: typeof tf.sum | typeof tf.max | typeof tf.min,
    make: (each: tf.Tensor, stackIndex: number) => tf.Tensor,
  ): tf.Tensor1D {
    const reduced = this.stacks.map((each, i) =>
      tf.tidy(() => {
        const axes = each.shape.map((_, axis) => axis).slice(this.plan[i]!.length === 1 ? 0 : 1);
        const made = make(each, i);
        return tf.reshape(axes.length === 0 ? made : by(made, axes), [-1]);
      }),
    );
    const numbers = tf.concat1d(reduced as tf.Tensor1D[]);
    return this.order === undefined ? numbers : tf.gather(numbers, inverse(this.order));
  }

  /** One number of each tensor, [tensors], in a shape for each stack that broadcasts against it. */
  spread(numbers: tf.Tensor1D): tf.Tensor[] {
    const inOrder = this.order === undefined ? numbers : tf.gather(numbers, [...this.order]);
    const parts = tf.split(
      inOrder,
      this.plan.map(({ length }) => length),
    );
    return parts.map((part, i) => {
      const { length } = this.plan[i]!;
      return tf.reshape(part, length === 1 ? [] : [length, ...this.stacks[i]!.shape.slice(1).map(() => 1)]);
    });
  }

  /** Each tensor times its number of `factors`, [tensors], or times one for all. */
  scale(factors: tf.Tensor1D | tf.Scalar): tf.Tensor[] {
    const spread = factors.rank === 0 ? undefined : this.spread(factors as tf.Tensor1D);
    return this.unstack(this.map((each, i) => tf.mul(each, spread ? spread[i]! : factors)));
  }

  /** What `make` makes of each stack. */
  map(make: (each: tf.Tensor, stackIndex: number) => tf.Tensor): tf.Tensor[] {
    return this.stacks.map((each, i) => tf.tidy(() => make(each, i)));
  }

  /** The tensors of `stacks`, that {@link map} has made, in the order in which they came. */
  unstack(stacks: readonly tf.Tensor[]): tf.Tensor[] {
    const tensors: tf.Tensor[] = [];
    for (const [i, indices] of this.plan.entries()) {
      const made = unstack(stacks[i]!, indices.length);
      for (const [j, index] of indices.entries()) tensors[index] = made[j]!;
    }
    return tensors;
  }

  /** Assigns to the variables, of which these are the tensors, what `make` makes of each stack. */
  assign(variables: readonly tf.Variable[], make: (each: tf.Tensor, stackIndex: number) => tf.Tensor): void {
    for (const [i, indices] of this.plan.entries()) {
      tf.tidy(() => {
        const made = unstack(make(this.stacks[i]!, i), indices.length);
        for (const [j, index] of indices.entries()) variables[index]!.assign(made[j]!);
      });
    }
  }
}

function inverse(order: readonly number[]): number[] {
  const positions = new Array<number>(order.length);
  for (const [position, index] of order.entries()) positions[index] = position;
  return positions;
}
