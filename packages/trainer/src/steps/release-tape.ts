import * as tf from '@tensorflow/tfjs-core';

/**
 * Frees what tf kept for a backward pass that will not come, because the forward pass threw.
 *
 * tf does this itself only after a backward pass; no scope of `tf.tidy` does it.
 */
export function releaseTape(): void {
  const { state } = tf.engine();
  if (state.gradientDepth > 0) return;
  for (const { saved } of state.activeTape ?? []) tf.dispose(saved ?? []);
  state.activeTape = [];
}
