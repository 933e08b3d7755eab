import * as tf from '@tensorflow/tfjs-core';

/** Fails where TensorFlow.js has nothing to compute with, which it would say as "No backend found in registry." */
export function assertBackend(who: string): void {
  if (Object.keys(tf.engine().registryFactory).length > 0) return;
  throw new Error(
    `${who}: TensorFlow.js must have a backend: import '@tensorflow/tfjs', or await useBackend('auto') of @nfnets/backends, before.`,
  );
}
