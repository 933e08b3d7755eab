// Bundled into a page by browser.test.ts: trains a small NFNet and leaves its losses in the document.
import { agc } from '@nfnets/agc';
import { useBackend } from '@nfnets/backends';
import { createModel } from '@nfnets/models';
import { arrayDataset, sgd, train } from '@nfnets/trainer';

const count = 64;
const labels = Uint8Array.from({ length: count }, (_, i) => i % 10);
// A wave for each class.
const images = Float32Array.from({ length: count * 784 }, (_, k) =>
  Math.sin((k % 784) * 0.1 * (1 + labels[Math.floor(k / 784)]!)),
);

const losses: number[] = [];
try {
  const { engine } = await useBackend('auto', { wasmPaths: '/' });
  const model = createModel('nfnet_digits', { numClasses: 10, seed: 1 });
  const optimizer = agc(sgd({ learningRate: 0.1 }), { clipFactor: 0.1, exclude: ['linear/kernel'] });
  const data = arrayDataset({ images, labels, imageShape: [28, 28, 1], numClasses: 10 });
  for await (const event of train({ model, optimizer, data, epochs: 8, batchSize: count, seed: 1 })) {
    if (event.type === 'step-end') losses.push(event.loss);
  }
  document.body.textContent = JSON.stringify({ engine, losses });
} catch (error) {
  document.body.textContent = JSON.stringify({ error: String(error) });
}
