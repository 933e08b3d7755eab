// Times compiled training steps by Muon beside such by SGD, without clipping, in a process of its own: `optimizer-steps.ts ENGINE NET BATCH
// PAIRS`. Answers with one line of JSON: milliseconds by optimizer, a figure per pair.
import type { Engine } from '@nfnets/backends';
import { compileStep } from '@nfnets/compiled-step';
import { muon, sgd } from '@nfnets/optimizers';
import { plainStep } from '@nfnets/trainer';
import type * as tf from '@tensorflow/tfjs';
import { NETS, type NetName } from '../nets/nets.js';
import { type Batch, netAndBatch } from './net-and-batch.js';
import { say } from './say.js';
import { startEngine } from './start-engine.js';

const [engine, net, batchSize, pairs] = process.argv.slice(2) as [Engine, NetName, string, string];
await startEngine(engine);

/** Pairs that compile, and warm up. */
const FIRST_PAIRS = 2;
const { state, batch } = netAndBatch(net, Number(batchSize));
// Timed steps hardly move the weights.
const optimizers = {
  sgd: sgd({ learningRate: 1e-4 }),
  muon: muon({ learningRate: 1e-4, exclude: [NETS[net].head] }),
};
const stepBy = (optimizer: tf.Optimizer) => (batch: Batch) =>
  plainStep({ ...state, optimizer }, batch, { seed: 1, labelSmoothing: 0.1 });
const program = await compileStep({ sgd: stepBy(optimizers.sgd), muon: stepBy(optimizers.muon) });

/** Makes a step and reads its loss. */
async function time(kind: 'sgd' | 'muon'): Promise<number> {
  const start = performance.now();
  const loss = program[kind](batch, {});
  if (!Number.isFinite((await loss.data())[0])) throw new Error('A step of the benchmark is not finite.');
  const taken = performance.now() - start;
  loss.dispose();
  return taken;
}

const milliseconds = { sgd: [] as number[], muon: [] as number[] };
for (let pair = 0; pair < Number(pairs) + FIRST_PAIRS; pair++) {
  // Each goes first half of the time.
  for (const kind of pair % 2 === 0 ? (['sgd', 'muon'] as const) : (['muon', 'sgd'] as const)) {
    const taken = await time(kind);
    if (pair >= FIRST_PAIRS) milliseconds[kind].push(taken);
  }
}
say(milliseconds);
process.exit();
