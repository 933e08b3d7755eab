// Bundled into a page by browser.test.ts: trains a small NFNet, shows its losses and posts them to the server as /result.
// The page's address may say with which engine, how many steps, on how many images, and that steps are not to be compiled:
// /?engine=webgpu&steps=2&images=8&eager
import { agc } from '@nfnets/agc';
import { type Engine, useBackend } from '@nfnets/backends';
import { arrayDataset } from '@nfnets/data';
import { createModel } from '@nfnets/models';
import { sgd } from '@nfnets/optimizers';
import { train } from '@nfnets/trainer';

const query = new URLSearchParams(location.search);
const count = Number(query.get('images') ?? 64);
const labels = Uint8Array.from({ length: count }, (_, i) => i % 10);
// A wave for each class.
const images = Float32Array.from({ length: count * 784 }, (_, k) =>
  Math.sin((k % 784) * 0.1 * (1 + labels[Math.floor(k / 784)]!)),
);

const losses: number[] = [];
let result: object;
try {
  const { engine, reason } = await useBackend((query.get('engine') ?? 'auto') as Engine | 'auto', {
    wasmPaths: query.get('folder') ?? '/',
  });
  const model = createModel('nfnet_digits', { numClasses: 10, seed: 1 });
  const optimizer = agc(sgd({ learningRate: 0.1 }), { clipFactor: 0.1, exclude: ['linear/kernel'] });
  const data = arrayDataset({ images, labels, imageShape: [28, 28, 1], numClasses: 10 });
  const epochs = Number(query.get('steps') ?? 8);
  const compile = query.has('eager') ? false : 'auto';
  let isCompiled: boolean | undefined;
  for await (const event of train({ model, optimizer, data, epochs, batchSize: count, seed: 1, compile })) {
    if (event.type === 'run-start') ({ isCompiled } = event);
    if (event.type === 'step-end') losses.push(event.loss);
  }
  result = { engine, reason, isCompiled, losses };
} catch (error) {
  result = { error: String(error) };
}
document.body.textContent = JSON.stringify(result);
await fetch('/result', { method: 'POST', body: JSON.stringify(result) });
