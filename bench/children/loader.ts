// Augmented images from a loader of ours in a process of its own: `loader.ts CASE FOLDER WORKERS`. Answers by lines of JSON.
import { createInterface } from 'node:readline';
import { arrayDataset } from '@nfnets/data';
import { cifar10, type ImageLoader, imageFolder, imageLoader } from '@nfnets/data/node';
import '@tensorflow/tfjs';
import { say } from './say.js';

/** Asks for a pass with this number, over all images. */
export interface LoaderQuestion {
  readonly pass: number;
}

export interface LoaderReply {
  readonly images: number;
  readonly seconds: number;
}

const [which, folder, workers] = process.argv.slice(2) as [string, string, string];
const randAugment = { op: 'randAugment', layers: 2, magnitude: 9 } as const;
const threads = { workers: Number(workers), prefetch: 4 };
const loader: ImageLoader =
  which === 'small'
    ? imageLoader(arrayDataset(cifar10({ part: 'test', folder })), {
        imageSize: 32,
        augment: [{ op: 'padAndCrop' }, { op: 'horizontalFlip' }, randAugment],
        ...threads,
      })
    : imageLoader(imageFolder(folder), {
        imageSize: 224,
        augment: [{ op: 'randomResizedCrop', size: 224 }, { op: 'horizontalFlip' }, randAugment],
        ...threads,
      });
say({ version: `Node ${process.versions.node}` });

for await (const line of createInterface({ input: process.stdin })) {
  const { pass } = JSON.parse(line) as LoaderQuestion;
  const start = performance.now();
  let count = 0;
  const request = { batchSize: 64, shuffleSeed: pass, partialBatch: 'keep' } as const;
  for await (const { images, labels } of loader.batches(request)) {
    count += images.shape[0]!;
    images.dispose();
    labels.dispose();
  }
  say({ images: count, seconds: (performance.now() - start) / 1000 } satisfies LoaderReply);
}
