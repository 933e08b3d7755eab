import { agc } from '@nfnets/agc';
import { useBackend } from '@nfnets/backends';
import { sgd } from '@nfnets/optimizers';
import * as tf from '@tensorflow/tfjs';
import { afterAll, expect, it } from 'vitest';
import { points, smallClassifier } from '../__fixtures__/small-classifier.js';
import { ema, train, warmupCosine } from '../index.js';

/** `NFNETS_SOAK_STEPS=100000 NFNETS_TABLE=1` makes a long run and prints what it held on its way. */
const STEPS = Number(process.env['NFNETS_SOAK_STEPS'] ?? 3000);
const BATCHES = 50;

afterAll(async () => {
  await tf.setBackend('cpu');
});

it(`a compiled run of ${STEPS} steps on wasm holds the same from its first steps on`, {
  timeout: 1_000_000,
}, async () => {
  await useBackend('wasm');
  const backend = tf.backend() as unknown as { numDataIds(): number; wasm: { HEAPU8: Uint8Array } };
  const [model, data] = [smallClassifier(), points(4 * BATCHES)];
  const optimizer = agc(sgd({ learningRate: 0.1 }), { clipFactor: 0.1 });
  const average = ema(model, { decay: 0.99 });
  const schedule = warmupCosine({ maxLearningRate: 0.1, warmupSteps: 100, totalSteps: STEPS });
  const task = { model, optimizer, data, epochs: STEPS / BATCHES, batchSize: 4, seed: 0, schedule, ema: average };
  const held: Record<'step' | 'tensors' | 'dataIds' | 'wasmBytes' | 'heapBytes' | 'residentBytes', number>[] = [];
  for await (const event of train({ ...task, compile: true })) {
    if (event.type !== 'step-end' || event.step === 0 || event.step % Math.floor(STEPS / 20) !== 0) continue;
    const { heapUsed, rss } = process.memoryUsage();
    held.push({
      step: event.step,
      tensors: tf.memory().numTensors,
      dataIds: backend.numDataIds(),
      wasmBytes: backend.wasm.HEAPU8.length,
      heapBytes: heapUsed,
      residentBytes: rss,
    });
  }
  if (process.env['NFNETS_TABLE'] === '1')
    process.stdout.write(`${held.map((row) => JSON.stringify(row)).join('\n')}\n`);
  expect(held.length).toBeGreaterThan(15);
  for (const key of ['tensors', 'dataIds', 'wasmBytes'] as const) {
    expect(new Set(held.map((row) => row[key])).size, key).toBe(1);
  }
  for (const thing of [model, optimizer, average]) thing.dispose();
});
