import * as tf from '@tensorflow/tfjs-core';

/**
 * Elements that are sent in one piece. Few pieces cost little to begin, and the first is on its way before the last gradient is known.
 */
const PIECE = 2 ** 20;

/**
 * The sum of tensors over all processes, each times its process's `share`.
 *
 * @param allReduce sums a vector over the processes
 */
export function averageTensors<T extends tf.Tensor>(
  tensors: readonly T[],
  share: tf.Scalar | number,
  allReduce: (vector: tf.Tensor1D) => tf.Tensor1D,
): T[] {
  for (const { dtype } of tensors) {
    if (dtype !== 'float32') throw new TypeError(`averaged: tensors must be float32, got ${dtype}. Cast them.`);
  }
  return pieces(tensors).flatMap((piece) => {
    const vectors = piece.map((tensor) => tf.reshape(tensor, [tensor.size]) as tf.Tensor1D);
    const vector = vectors.length === 1 ? vectors[0]! : tf.concat1d(vectors);
    const sum = allReduce(tf.mul(vector, share));
    const parts =
      vectors.length === 1
        ? [sum]
        : tf.split(
            sum,
            vectors.map(({ size }) => size),
          );
    return parts.map((part, i) => tf.reshape(part, piece[i]!.shape) as T);
  });
}

/** Neighbours together up to {@link PIECE} elements, a larger tensor alone. */
function pieces<T extends tf.Tensor>(tensors: readonly T[]): T[][] {
  const made: T[][] = [];
  let size = 0;
  for (const tensor of tensors) {
    if (size > 0 && size + tensor.size <= PIECE) made.at(-1)!.push(tensor);
    else {
      made.push([tensor]);
      size = 0;
    }
    size += tensor.size;
  }
  return made;
}
