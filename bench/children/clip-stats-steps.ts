// Times training steps that measure the clipping of each layer beside steps that do not, in one run of `train` in a process of
// its own: `clip-stats-steps.ts ENGINE NET BATCH PAIRS`. Answers with one line of JSON: milliseconds by kind of step.
import { adaptiveGradClip, clipMeter, withTransforms } from '@nfnets/agc';
import type { Engine } from '@nfnets/backends';
import type { Dataset } from '@nfnets/data';
import { sgd } from '@nfnets/optimizers';
import { train } from '@nfnets/trainer';
import * as tf from '@tensorflow/tfjs';
import { NETS, type NetName } from '../nets/nets.js';
import { say } from './say.js';
import { startEngine } from './start-engine.js';

const [engine, net, batch, pairs] = process.argv.slice(2) as [Engine, NetName, string, string];
await startEngine(engine);

/** Pairs that compile, and warm up. */
const FIRST_PAIRS = 2;
const steps = 2 * (Number(pairs) + FIRST_PAIRS);
const batchSize = Number(batch);
const { build, head, imageShape } = NETS[net];
const clipping = { exclude: [head] };
const images = tf.randomNormal([batchSize, ...imageShape], 0, 1, 'float32', 1);
const classes = Int32Array.from({ length: batchSize }, (_, i) => i % 10);
const data: Dataset = {
  length: steps * batchSize,
  imageShape,
  numClasses: 10,
  async *batches() {
    for (let step = 0; step < steps; step++) yield { images: tf.clone(images), labels: tf.tensor1d(classes, 'int32') };
  },
};

const milliseconds = { measured: [] as number[], plain: [] as number[] };
for await (const event of train({
  model: build(),
  // Timed steps hardly move the weights.
  optimizer: withTransforms(sgd({ learningRate: 1e-4 }), adaptiveGradClip(clipping)),
  data,
  epochs: 1,
  batchSize,
  seed: 1,
  clipStats: { meter: clipMeter(clipping), everySteps: 2 },
})) {
  if (event.type !== 'step-end' || event.step < 2 * FIRST_PAIRS) continue;
  milliseconds[event.clipStats ? 'measured' : 'plain'].push(1000 * event.seconds);
}
say(milliseconds);
process.exit();
