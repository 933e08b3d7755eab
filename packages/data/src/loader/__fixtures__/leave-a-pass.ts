// A program that leaves a pass over photos in the middle: node leave-a-pass.ts FOLDER exit|return
import '@tensorflow/tfjs';
import { imageFolder, imageLoader } from '../../node.js';

const [folder, how] = process.argv.slice(2);
const loader = imageLoader(imageFolder(folder!), { imageSize: 64, workers: 2 });
for await (const { images } of loader.batches({ batchSize: 4, shuffleSeed: 1, partialBatch: 'keep' })) {
  process.stdout.write(`left with ${images.shape}`);
  if (how === 'exit') process.exit(0);
  break;
}
