import * as tf from '@tensorflow/tfjs-core';
import { isStepRecorded, planStacks, stack, unstack } from './stack-by-shape.js';

/**
 * Tensors as matrices of their last axis against the others, which share kernels where they are small and of one shape. Those with more
 * columns than rows are transposed.
 */
export class MatrixStacks {
  private readonly plan: readonly (readonly number[])[];

  /** Within a tidy of the caller. */
  constructor(private readonly tensors: readonly tf.Tensor[]) {
    // A graph calls small products of two matrices as fast alone, and TensorFlow's op for batches of them takes several times as long.
    this.plan = isStepRecorded()
      ? tensors.map((_, index) => [index])
      : planStacks(tensors.map(({ shape }) => ({ shape: orient(shape).shape, key: `${orient(shape).isWide}` })));
  }

  /** Tensors of the shapes that were given, of what `change` makes of matrices [count, rows, columns], or of one [rows, columns]. */
  map(change: (matrices: tf.Tensor) => tf.Tensor): tf.Tensor[] {
    const made: tf.Tensor[] = [];
    for (const indices of this.plan) {
      const { isWide } = orient(this.tensors[indices[0]!]!.shape);
      // A tidy for each: what it makes on the way goes before the next one's comes.
      const changed = tf.tidy(() => {
        return unstack(change(this.matrices(indices)), indices.length).map((each, j) =>
          tf.reshape(isWide ? tf.transpose(each) : each, this.tensors[indices[j]!]!.shape),
        );
      });
      for (const [j, index] of indices.entries()) made[index] = changed[j]!;
    }
    return made;
  }

  /** What `measure` makes of matrices [count, rows, columns], or of one, [rows, columns]: one number each, [tensors]. */
  numbers(measure: (matrices: tf.Tensor) => tf.Tensor): tf.Tensor1D {
    const found: tf.Tensor[] = [];
    for (const indices of this.plan) {
      const numbers = tf.tidy(() => unstack(measure(this.matrices(indices)), indices.length));
      for (const [j, index] of indices.entries()) found[index] = numbers[j]!;
    }
    return tf.stack(found) as tf.Tensor1D;
  }

  private matrices(indices: readonly number[]): tf.Tensor {
    const each = indices.map((index) => {
      const tensor = this.tensors[index]!;
      const columns = tensor.shape.at(-1)!;
      const matrix = tf.reshape(tensor, [tensor.size / columns, columns]);
      return orient(tensor.shape).isWide ? tf.transpose(matrix) : matrix;
    });
    return stack(each);
  }
}

function orient(shape: readonly number[]): { shape: [rows: number, columns: number]; isWide: boolean } {
  const columns = shape.at(-1)!;
  const rows = tf.util.sizeFromShape([...shape]) / columns;
  return rows < columns ? { shape: [columns, rows], isWide: true } : { shape: [rows, columns], isWide: false };
}
