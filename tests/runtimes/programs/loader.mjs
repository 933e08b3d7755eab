// Augments images in two threads and in none, and says the pixels of their batches.
import { arrayDataset } from '@nfnets/data';
import { imageLoader } from '@nfnets/data/node';
import '@tensorflow/tfjs';

const images = Uint8Array.from({ length: 20 * 192 }, (_, i) => (i * 37) % 256);
const labels = Array.from({ length: 20 }, (_, i) => i % 10);
const normalization = { mean: 0.5, std: 0.25 };
const source = arrayDataset({ images, labels, imageShape: [8, 8, 3], numClasses: 10, normalization });
const augment = [{ op: 'padAndCrop' }, { op: 'horizontalFlip' }, { op: 'randAugment', layers: 2, magnitude: 9 }];
const passes = {};
for (const workers of [0, 2]) {
  const loader = imageLoader(source, { imageSize: 8, augment, workers });
  const sums = [];
  for await (const batch of loader.batches({ batchSize: 5, shuffleSeed: 1, partialBatch: 'drop' })) {
    const pixels = await batch.images.data();
    sums.push([pixels.reduce((sum, value, i) => sum + value * (1 + (i % 7)), 0), ...(await batch.labels.data())]);
    batch.images.dispose();
    batch.labels.dispose();
  }
  passes[`${workers} workers`] = sums;
  await loader.dispose();
}
console.log(JSON.stringify(passes));
