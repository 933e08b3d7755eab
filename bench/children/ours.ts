// A training step of ours in a process of its own: `ours.ts ENGINE VARIANT SETUP`. Answers questions by lines of JSON.
import { createInterface } from 'node:readline';
import type { Engine } from '@nfnets/backends';
import * as tf from '@tensorflow/tfjs';
import type { StepsQuestion, StepsReply, TrainingSetup } from '../inputs/training-setup.js';
import { say } from './say.js';
import { startEngine } from './start-engine.js';
import { trainingSteps, type Variant } from './training-steps.js';

const [engine, variant, setup] = process.argv.slice(2) as [Engine, Variant, string];
await startEngine(engine);
const { clipped, unclipped } = await trainingSteps(JSON.parse(setup) as TrainingSetup, variant);
say({ version: `tfjs ${tf.version_core}` });

for await (const line of createInterface({ input: process.stdin })) {
  const { steps, clip, learningRate } = JSON.parse(line) as StepsQuestion;
  const losses: number[] = [];
  const milliseconds: number[] = [];
  for (let i = 0; i < steps; i++) {
    const start = performance.now();
    const loss = clip ? clipped(learningRate) : unclipped(learningRate);
    losses.push((await loss.data())[0]!);
    milliseconds.push(performance.now() - start);
    loss.dispose();
  }
  say({ losses, milliseconds } satisfies StepsReply);
}
