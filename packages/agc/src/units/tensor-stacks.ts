import * as tf from '@tensorflow/tfjs-core';
import { planStacks, stack, unstack } from './stack-by-shape.js';

/** Tensors whose norms are taken and which are scaled by one number each, small ones of equal shape by one set of kernel calls. */
export class TensorStacks {
  private readonly plan: readonly (readonly number[])[];
  private readonly stacks: readonly tf.Tensor[];
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
    const squares = this.stacks.map((each, i) =>
      // A tidy per stack: the squares of a large tensor go before the next one's come.
      tf.tidy(() => tf.reshape(sumSquares(each, this.plan[i]!.length), [-1])),
    );
    const norms = tf.sqrt(tf.concat1d(squares as tf.Tensor1D[]));
    return this.order === undefined ? norms : tf.gather(norms, inverse(this.order));
  }

  /** Each tensor times its number of `factors`, [tensors]. */
  scale(factors: tf.Tensor1D): tf.Tensor[] {
    const inOrder = this.order === undefined ? factors : tf.gather(factors, [...this.order]);
    const parts = tf.split(
      inOrder,
      this.plan.map(({ length }) => length),
    );
    const scaled: tf.Tensor[] = [];
    this.plan.forEach((indices, i) => {
      const each = this.stacks[i]!;
      const shape = indices.length === 1 ? [] : [indices.length, ...each.shape.slice(1).map(() => 1)];
      const made = unstack(tf.mul(each, tf.reshape(parts[i]!, shape)), indices.length);
      indices.forEach((index, j) => {
        scaled[index] = made[j]!;
      });
    });
    return scaled;
  }
}

function sumSquares(stacked: tf.Tensor, count: number): tf.Tensor {
  const axes = stacked.shape.map((_, axis) => axis).slice(count === 1 ? 0 : 1);
  return axes.length === 0 ? tf.square(stacked) : tf.sum(tf.square(stacked), axes);
}

function inverse(order: readonly number[]): number[] {
  const positions = new Array<number>(order.length);
  for (const [position, index] of order.entries()) positions[index] = position;
  return positions;
}
