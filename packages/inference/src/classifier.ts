import type * as tf from '@tensorflow/tfjs-core';

/** A `tf.LayersModel` or `tf.GraphModel` from images `[batch, height, width, 3]`, or of one channel, to logits `[batch, classes]`. */
export interface Classifier {
  readonly inputs: readonly { readonly shape?: readonly (number | null)[] | undefined }[];
  predict(images: tf.Tensor): tf.Tensor | tf.Tensor[] | tf.NamedTensorMap;
}

/** What the last layer of a model makes of its logits: softmax or sigmoid are not to be applied again. */
export type Ending = 'logits' | 'softmax' | 'sigmoid';

/** How a model of layers ends; of a graph that is not known, and it is taken to give logits. */
export function endingOf(model: Classifier): Ending {
  const [output] = (model as { outputs?: readonly { sourceLayer?: Layer }[] }).outputs ?? [];
  const layer = output?.sourceLayer;
  if (layer === undefined) return 'logits';
  if (layer.getClassName() === 'Softmax') return 'softmax';
  const { activation } = layer.getConfig();
  return activation === 'softmax' || activation === 'sigmoid' ? activation : 'logits';
}

interface Layer {
  getClassName(): string;
  getConfig(): { readonly activation?: unknown };
}
