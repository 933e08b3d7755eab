import * as tf from '@tensorflow/tfjs-core';

/** Longest vector, in elements, that is copied in order to share kernel calls with others. */
const SMALL = 4096;

/**
 * Groups the positions of `variables` whose updates are made in one: small vectors and scalars with the same `key`, for which every
 * optimizer goes element by element. They are most variables of a network, and each has kernel calls of its own otherwise.
 *
 * Not while a step is recorded by `@nfnets/compiled-step`, which says so by this flag: its graph has one op for the update of a
 * variable, and calls nothing.
 */
export function planUpdates(variables: readonly tf.Variable[], keys: readonly unknown[]): number[][] {
  const isRecorded = tf.env().getFlags()['IS_STEP_RECORDED'] === true;
  const groups: { readonly like: tf.Variable; readonly key: unknown; readonly indices: number[] }[] = [];
  for (const [i, variable] of variables.entries()) {
    const isAlone = isRecorded || variable.rank > 1 || variable.size > SMALL || variable.dtype !== 'float32';
    const group = groups.find(
      ({ like, key, indices }) =>
        // A variable that is listed twice moves twice, one after the other.
        like.rank === variable.rank && key === keys[i] && !indices.some((each) => variables[each] === variable),
    );
    if (isAlone || !group) groups.push({ like: variable, key: isAlone ? Symbol() : keys[i], indices: [i] });
    else group.indices.push(i);
  }
  return groups.map(({ indices }) => indices);
}

/** Vectors end to end, or scalars as a vector; one tensor stays as it is. */
export function join(tensors: readonly tf.Tensor[]): tf.Tensor {
  const [first] = tensors;
  if (tensors.length === 1) return first!;
  return first!.rank === 0 ? tf.stack([...tensors]) : tf.concat([...tensors]);
}

/** Undoes {@link join} of tensors with the shapes of `like`. */
export function part(joined: tf.Tensor, like: readonly tf.Tensor[]): tf.Tensor[] {
  if (like.length === 1) return [joined];
  if (like[0]!.rank === 0) return tf.unstack(joined);
  return tf.split(
    joined,
    like.map(({ size }) => size),
  );
}
