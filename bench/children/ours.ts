// A training step of ours in a process of its own: `ours.ts ENGINE VARIANT SETUP [THREADS]`. Answers questions by lines of JSON.
// Copied into checkouts of older commits to be compared with: of the packages it uses what they have had since.
import { createInterface } from 'node:readline';
import type { Engine } from '@nfnets/backends';
import * as tf from '@tensorflow/tfjs';
import type { StepsQuestion, StepsReply, TrainingSetup } from '../inputs/training-setup.js';
import { say } from './say.js';
import { startEngine } from './start-engine.js';
import { trainingSteps, type Variant } from './training-steps.js';

const [engine, variant, setup, threads] = process.argv.slice(2) as [Engine, Variant, string, string?];
await startEngine(engine, threads === undefined ? undefined : Number(threads));
const training = await trainingSteps(JSON.parse(setup) as TrainingSetup, variant);
say({ version: `tfjs ${tf.version_core}` });

for await (const line of createInterface({ input: process.stdin })) {
  const { steps, clip, learningRate } = JSON.parse(line) as StepsQuestion;
  const losses: number[] = [];
  const milliseconds: number[] = [];
  for (let i = 0; i < steps; i++) {
    const start = performance.now();
    const loss = clip ? training.clipped(learningRate) : training.unclipped(learningRate);
    losses.push((await loss.data())[0]!);
    milliseconds.push(performance.now() - start);
    loss.dispose();
  }
  const { isCompiled, eagerKernels = {} } = training;
  say({ losses, milliseconds, isCompiled, eagerKernels, ...wasmMemory() } satisfies StepsReply);
}

function wasmMemory(): { readonly megabytes?: number } {
  // The build for threads has it elsewhere.
  const { wasm } = tf.backend() as {
    readonly wasm?: {
      readonly asm?: { readonly memory?: WebAssembly.Memory };
      readonly wasmMemory?: WebAssembly.Memory;
    };
  };
  const memory = wasm?.asm?.memory ?? wasm?.wasmMemory;
  return memory === undefined ? {} : { megabytes: memory.buffer.byteLength / 1e6 };
}
