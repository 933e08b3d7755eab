// `train.mjs ENGINE`: trains a small net with adaptive clipping, and says the loss of each step; or what the engine lacks.
import { agc } from '@nfnets/agc';
import { useBackend } from '@nfnets/backends';
import { arrayDataset } from '@nfnets/data';
import { createModel } from '@nfnets/models';
import { sgd } from '@nfnets/optimizers';
import { train } from '@nfnets/trainer';

const [name] = process.argv.slice(2);
const { engine } = await useBackend(name, name === 'wasm' ? { threads: 1 } : {}).catch((error) => {
  console.log(JSON.stringify({ missing: error.message }));
  process.exit();
});
const labels = Array.from({ length: 64 }, (_, i) => i % 10);
// A class is a bar at its height, over what looks like noise.
const images = Float32Array.from({ length: 64 * 784 }, (_, at) => {
  const [image, row] = [Math.floor(at / 784), Math.floor((at % 784) / 28)];
  return Math.sin(at * 12.9898) + (Math.floor(row / 2.8) === labels[image] ? 2 : 0);
});
const data = arrayDataset({ images, labels, imageShape: [28, 28, 1], numClasses: 10 });
const model = createModel('nfnet_digits', { numClasses: 10, seed: 1 });
const optimizer = agc(sgd({ learningRate: 0.02 }), { clipFactor: 0.01, exclude: ['linear'] });
const losses = [];
let isCompiled;
for await (const event of train({ model, optimizer, data, epochs: 2, batchSize: 16, seed: 1 })) {
  if (event.type === 'run-start') isCompiled = event.isCompiled;
  if (event.type === 'step-end') losses.push(event.loss);
}
console.log(JSON.stringify({ engine, isCompiled, losses }));
