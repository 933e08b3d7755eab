import type { BatchRequest, Dataset } from '../index.js';

export interface BatchValues {
  readonly shape: readonly number[];
  readonly images: Float32Array;
  readonly labels: readonly number[];
}

/** The numbers of all batches of a pass; disposes them. */
export async function readBatches(dataset: Dataset, request: BatchRequest): Promise<BatchValues[]> {
  const result: BatchValues[] = [];
  for await (const { images, labels } of dataset.batches(request)) {
    result.push({ shape: images.shape, images: images.dataSync<'float32'>().slice(), labels: [...labels.dataSync()] });
    images.dispose();
    labels.dispose();
  }
  return result;
}
