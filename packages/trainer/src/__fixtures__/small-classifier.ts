import { mulberry32 } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { type ArrayDataset, arrayDataset } from '@nfnets/data';

/** Dropout that, like the layers the trainer is made for, draws its mask from the seed of the call. */
export class CallSeededDropout extends tfl.layers.Layer {
  static readonly className = 'CallSeededDropout';

  override call(inputs: tf.Tensor[], { training, seed }: { training?: boolean; seed?: number }): tf.Tensor {
    const x = inputs[0]!;
    if (!training) return tf.clone(x);
    return tf.tidy(() => tf.mul(x, tf.mul(2, tf.round(tf.randomUniform(x.shape, 0, 1, 'float32', seed)))));
  }
}
tf.serialization.registerClass(CallSeededDropout);

export interface SmallClassifierArgs {
  readonly inputs?: number;
  readonly numClasses?: number;
  readonly hidden?: number;
  readonly dropout?: boolean;
}

/** inputs -> hidden relu (-> dropout) -> logits, with the same weights each time. */
export function smallClassifier({ inputs = 2, numClasses = 3, hidden = 8, dropout = false }: SmallClassifierArgs = {}) {
  const initializer = (seed: number) => tfl.initializers.varianceScaling({ seed });
  return tfl.sequential({
    layers: [
      tfl.layers.reshape({ inputShape: inputs === 784 ? [28, 28, 1] : [inputs], targetShape: [inputs] }),
      tfl.layers.dense({ units: hidden, activation: 'relu', kernelInitializer: initializer(1) }),
      ...(dropout ? [new CallSeededDropout({})] : []),
      tfl.layers.dense({ units: numClasses, kernelInitializer: initializer(2) }),
    ],
  });
}

/** `length` points around `numClasses` centres on a circle. */
export function points(length: number, numClasses = 3): ArrayDataset {
  const random = mulberry32(7);
  const labels = Array.from({ length }, (_, i) => i % numClasses);
  const images = labels.flatMap((label) => {
    const angle = (2 * Math.PI * label) / numClasses;
    return [Math.cos(angle) + random() - 0.5, Math.sin(angle) + random() - 0.5];
  });
  return arrayDataset({ images: Float32Array.from(images), labels, imageShape: [2], numClasses });
}

/** The values of all weights, one after the other. */
export function weightValues(model: tfl.LayersModel): number[] {
  return model.weights.flatMap((weight) => [...weight.read().dataSync()]);
}
