// A training run of ours on Fashion-MNIST: `fashion.ts SETUP`. Answers one question by a line of JSON.
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { adaptiveGradClip, addDecayedWeights, withTransforms } from '@nfnets/agc';
import { arrayDataset } from '@nfnets/data';
import { fashionMnist } from '@nfnets/data/node';
import { createModel, NFNET } from '@nfnets/models';
import { sgd } from '@nfnets/optimizers';
import { countSteps, evaluate, train, warmupCosine } from '@nfnets/trainer';
import { loadWeights } from '@nfnets/weights';
import * as tf from '@tensorflow/tfjs';
import type { FashionReply, FashionSetup } from '../inputs/fashion-setup.js';
import { say } from './say.js';
import { startEngine } from './start-engine.js';

const setup = JSON.parse(process.argv[2]!) as FashionSetup;
const { folder, data: source, seed, epochs, batchSize, warmupEpochs } = setup;
await startEngine('native');
const [data, test] = (['train', 'test'] as const).map((part) => arrayDataset(fashionMnist({ part, folder: source })));
const model = createModel('nfnet_digits', { numClasses: 10 });
await loadWeights(model, join(folder, 'weights.safetensors'), { spec: NFNET.nfnet_digits });
const plan = { data: data!, epochs, batchSize, seed };
const totalSteps = countSteps(plan);
const optimizer = withTransforms(
  sgd({ learningRate: setup.learningRate, momentum: setup.momentum }),
  adaptiveGradClip({ clipFactor: setup.clipFactor, exclude: ['linear/kernel'] }),
  addDecayedWeights({ weightDecay: setup.weightDecay }),
);
say({ version: `tfjs ${tf.version_core}` });

for await (const _ of createInterface({ input: process.stdin })) {
  const losses: number[] = [];
  let seconds = 0;
  for await (const event of train({
    ...plan,
    model,
    optimizer,
    compile: true,
    labelSmoothing: setup.labelSmoothing,
    schedule: warmupCosine({
      maxLearningRate: setup.learningRate,
      warmupSteps: (totalSteps / epochs) * warmupEpochs,
      totalSteps,
    }),
  })) {
    if (event.type === 'epoch-end') losses.push(event.meanLoss);
    if (event.type === 'run-end') seconds = event.seconds;
    if (event.type === 'run-diverged') throw new Error(event.reason);
  }
  const { accuracy } = await evaluate(model, test!, { batchSize: 500 });
  say({ accuracy, losses, seconds } satisfies FashionReply);
}
