import type { MixKind } from '@nfnets/augment';
import { checkBatchRequest } from '../dataset/check-batch-request.js';
import type { BatchRequest } from '../dataset/dataset.js';
import { deriveSeed } from '../dataset/derive-seed.js';
import { drawnOfBatch } from '../dataset/part-of-batch.js';
import { seededRandom, shuffled } from '../dataset/seeded-random.js';

/** One image of a batch: which samples it is made of, and what decides its augmentation. */
export interface PlannedSample {
  /** One index, or two that are mixed. */
  readonly indices: readonly number[];
  readonly seed?: number;
  readonly mix?: MixKind;
}

export interface PassPlan {
  readonly batchCount: number;
  batch(number: number): PlannedSample[];
}

/**
 * Plans a pass over `length` samples. What image i of the pass is made of, and its seed, are a function of the pass's seed
 * and of i. Mixed images each take two different samples, from two independent orders, so that every sample comes twice.
 *
 * @throws RangeError if the request is out of its range
 */
export function planPass(length: number, request: BatchRequest, kinds: readonly MixKind[] = []): PassPlan {
  checkBatchRequest(request);
  const { batchSize, shuffleSeed, partialBatch } = request;
  const indices = Array.from({ length }, (_, i) => i);
  const batchCount = partialBatch === 'drop' ? Math.floor(length / batchSize) : Math.ceil(length / batchSize);
  const cut = <T>(batch: number, sample: (i: number) => T): T[] => {
    const start = batch * batchSize;
    const [from, to] = drawnOfBatch(Math.min(batchSize, length - start), request.part);
    return Array.from({ length: to - from }, (_, i) => sample(start + from + i));
  };
  if (shuffleSeed === undefined) return { batchCount, batch: (number) => cut(number, (i) => ({ indices: [i] })) };

  const order = shuffled(indices, seededRandom(shuffleSeed));
  const seedOf = (i: number) => deriveSeed(shuffleSeed, 'augment', i);
  if (kinds.length === 0) {
    return { batchCount, batch: (number) => cut(number, (i) => ({ indices: [order[i]!], seed: seedOf(i) })) };
  }
  const partners = shuffled(indices, seededRandom(deriveSeed(shuffleSeed, 'partners')));
  const partnerOf = (i: number): number => (partners[i] === order[i] ? partners[(i + 1) % length]! : partners[i]!);
  return {
    batchCount,
    batch: (number) =>
      cut(number, (i) => ({
        indices: [order[i]!, partnerOf(i)],
        seed: seedOf(i),
        mix: kinds[i % kinds.length]!,
      })),
  };
}
