import { availableParallelism, totalmem } from 'node:os';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** Float32 tensors that a training step holds of each layer's output: the value, what its gradient needs, the gradient. */
const TENSORS_PER_OUTPUT = 3;

/** Share of the machine's memory that the trials on it may fill. */
const MEMORY_SHARE = 0.5;

/** Bytes that a training step of `model` needs for each image: 12 for each number that a layer puts out. */
export function bytesPerImage(model: LayersModel): number {
  const numbers = model.layers.flatMap(({ outputShape }) => {
    const shapes = (Array.isArray(outputShape[0]) ? outputShape : [outputShape]) as (number | null)[][];
    return shapes.map((shape) => shape.slice(1).reduce<number>((product, size) => product * (size ?? 1), 1));
  });
  return 4 * TENSORS_PER_OUTPUT * numbers.reduce((sum, count) => sum + count, 0);
}

/** Bytes that a trial with `threads` of this machine's threads may fill: its share of half of the memory. */
export function trialMemory(threads: number): number {
  return MEMORY_SHARE * totalmem() * Math.min(1, threads / availableParallelism());
}

/** The largest part of a batch that divides it and fits `bytes`, at least one image. Pure. */
export function fitMicroBatch(batchSize: number, imageBytes: number, bytes: number): number {
  let size = Math.min(batchSize, Math.max(1, Math.floor(bytes / imageBytes)));
  while (batchSize % size !== 0) size--;
  return size;
}
