import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { readTensorFile } from '../inputs/tensor-file.js';

/** Gives `model` the weights that all contestants have, of the folder of a setup. */
export function takeWeights(model: tf.LayersModel, folder: string): void {
  for (const { name, shape, values } of readTensorFile(join(folder, 'weights'))) {
    const weight = model.weights.find(({ originalName }) => originalName === name)!;
    tf.tidy(() => void weight.write(tf.tensor(values, [...shape])));
  }
}
