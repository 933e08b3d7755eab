import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { NETS, type NetName } from '../nets/nets.js';
import { sharedImages, sharedWeight } from './shared-values.js';
import { type NamedArray, writeTensorFile } from './tensor-file.js';

/** Writes the weights of a net and a batch of images, of `side` pixels or the net's own, into `folder`, for every participant to start from. */
export async function writeNet(net: NetName, batch: number, folder: string, side?: number): Promise<void> {
  tf.enableProdMode();
  await tf.setBackend('cpu');
  const { imageShape, build } = NETS[net];
  const model = build();
  const shapes = model.weights.map(({ originalName, shape }) => [originalName, shape as number[]] as const);
  tf.dispose(model.weights.map((weight) => weight.read()));
  const weights = function* (): Generator<NamedArray> {
    for (const [name, shape] of shapes) yield sharedWeight(name, shape);
  };
  writeTensorFile(join(folder, 'weights'), weights());
  writeTensorFile(join(folder, 'images'), [
    sharedImages(batch, side === undefined ? imageShape : [side, side, imageShape[2]]),
  ]);
}
