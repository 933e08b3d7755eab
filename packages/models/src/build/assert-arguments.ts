import { show } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';

/** Fails where TensorFlow.js has nothing to compute with, which it would say as "No backend found in registry." */
export function assertBackend(who: string): void {
  if (Object.keys(tf.engine().registryFactory).length > 0) return;
  throw new Error(
    `${who}: TensorFlow.js must have a backend: import '@tensorflow/tfjs', or await useBackend('auto') of @nfnets/backends, before.`,
  );
}

/** Fails unless `model` is a model of layers. */
export function assertLayersModel(who: string, model: tfl.LayersModel): void {
  // Not by its class: a page may have two copies of tfjs-layers.
  const { layers, inputs, outputs } = (model ?? {}) as Partial<tfl.LayersModel>;
  if ([layers, inputs, outputs].every(Array.isArray)) return;
  throw new TypeError(`${who}: \`model\` must be a tf.LayersModel, such as createModel makes, got ${show(model)}.`);
}

/** Fails where options were given to a function behind the arguments that it has: JavaScript would drop them. */
export function assertNoMore(who: string, takes: string, further: readonly unknown[]): void {
  // Not of whatever: `models.map(featureInfo)` gives an index and the list too.
  const options = further.find((each) => typeof each === 'object' && each !== null && !Array.isArray(each));
  if (options === undefined) return;
  throw new TypeError(`${who}: the arguments must be ${takes}, got ${show(options)} behind them.`);
}
