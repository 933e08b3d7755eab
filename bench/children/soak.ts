// Trains a small network for many steps, with everything on: `soak.ts ENGINE STEPS`. Answers with one line of JSON.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { agc } from '@nfnets/agc';
import { arrayDataset } from '@nfnets/data';
import { seededDropout } from '@nfnets/nf-blocks';
import { sgd } from '@nfnets/optimizers';
import { ema, train, warmupCosine } from '@nfnets/trainer';
import { checkpoints } from '@nfnets/trainer/node';
import * as tf from '@tensorflow/tfjs';
import { say } from './say.js';
import { startEngine } from './start-engine.js';

/** What a process held after a step, and after V8 had collected its garbage. */
export interface SoakSample {
  readonly step: number;
  readonly tensors: number;
  readonly megabytes: number;
}

export interface Soak {
  readonly isCompiled: boolean;
  readonly seconds: number;
  /** Evenly over the run. */
  readonly samples: readonly SoakSample[];
}

const engine = process.argv[2] as 'native' | 'wasm';
const steps = Number(process.argv[3]);
await startEngine(engine);

// Garbage that V8 has not yet come by would make up most of what differs between two samples.
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const [BATCH, SAMPLES, INPUTS, CLASSES] = [16, 3200, 16, 4];
const labels = Array.from({ length: SAMPLES }, (_, i) => i % CLASSES);
// A class is a bump at its place, over what looks like noise.
const images = Float32Array.from({ length: SAMPLES * INPUTS }, (_, at) => {
  const [sample, place] = [Math.floor(at / INPUTS), at % INPUTS];
  return Math.sin(at * 12.9898) + (place % CLASSES === labels[sample] ? 1 : 0);
});
const data = arrayDataset({ images, labels, imageShape: [INPUTS], numClasses: CLASSES });
const model = tf.sequential({
  layers: [
    tf.layers.dense({ units: 32, activation: 'relu', inputShape: [INPUTS] }),
    seededDropout({ rate: 0.2 }),
    tf.layers.dense({ units: CLASSES, name: 'head' }),
  ],
});
const folder = mkdtempSync(join(tmpdir(), 'nfnets-soak-'));
const epochs = steps / (SAMPLES / BATCH);
const samples: SoakSample[] = [];
const sampleEvery = steps / 200;
let isCompiled = false;
const start = performance.now();
for await (const event of train({
  model,
  data,
  optimizer: agc(sgd({ learningRate: 0.1 }), { clipFactor: 0.1, exclude: ['head'] }),
  epochs,
  batchSize: BATCH,
  seed: 0,
  labelSmoothing: 0.1,
  schedule: warmupCosine({ maxLearningRate: 0.05, warmupSteps: 100, totalSteps: steps }),
  ema: ema(model, { decay: 0.999 }),
  evaluate: { data, everyEpochs: epochs / 20 },
  checkpoint: checkpoints(folder, { everyEpochs: epochs / 20 }),
})) {
  if (event.type === 'run-start') isCompiled = event.isCompiled;
  if (event.type === 'run-diverged') throw new Error(event.reason);
  if (event.type !== 'step-end' || (event.step + 1) % sampleEvery !== 0) continue;
  collectGarbage();
  samples.push({ step: event.step + 1, tensors: tf.memory().numTensors, megabytes: process.memoryUsage().rss / 1e6 });
}
rmSync(folder, { recursive: true });
say({ isCompiled, seconds: (performance.now() - start) / 1000, samples } satisfies Soak);
process.exit();
