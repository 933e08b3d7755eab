import * as tf from '@tensorflow/tfjs-core';

/**
 * Largest tensor, in elements, that is copied into a stack. A kernel call costs 3 to 80 microseconds depending on the
 * backend; past this size copying costs more than the calls save (break-even measured on wasm), and memory counts.
 */
const MAX_STACKED_SIZE = 4096;

/** What must be equal for tensors to share kernels; `key` is whatever else the caller needs equal. */
export interface Stackable {
  readonly shape: readonly number[];
  readonly key?: string;
}

/**
 * Groups indices of equal shape and key; a tensor too large to copy is a group of its own.
 *
 * Each is where a step is recorded on wasm: calls cost nothing there, and copies keep what is done with a gradient from becoming one pass
 * over it.
 */
export function planStacks(items: readonly Stackable[]): number[][] {
  const isProgram = tf.getBackend() === 'wasm' && isStepRecorded();
  const groups = new Map<string, number[]>();
  items.forEach(({ shape, key = '' }, index) => {
    const size = shape.reduce((a, b) => a * b, 1);
    // With the stack's axis, rank 6 and more: not every backend's kernels go that far.
    const isAlone = isProgram || size > MAX_STACKED_SIZE || shape.length > 4;
    const group = isAlone ? `${index}` : `${shape.join('x')}|${key}`;
    groups.set(group, [...(groups.get(group) ?? []), index]);
  });
  return [...groups.values()];
}

/** Whether `@nfnets/compiled-step` is recording a step, which it says by this flag. */
export function isStepRecorded(): boolean {
  return tf.env().getFlags()['IS_STEP_RECORDED'] === true;
}

/** Joins tensors of one shape along a new first axis; a single tensor stays as it is. */
export function stack(tensors: readonly tf.Tensor[]): tf.Tensor {
  return tensors.length === 1 ? tensors[0]! : tf.stack([...tensors]);
}

/** Undoes {@link stack}. */
export function unstack(stacked: tf.Tensor, count: number): tf.Tensor[] {
  return count === 1 ? [stacked] : tf.unstack(stacked);
}
