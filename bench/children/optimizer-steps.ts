// Times compiled training steps of another kind beside plain ones by SGD, in a process of its own: `optimizer-steps.ts ENGINE NET BATCH
// PAIRS KIND`. Answers with one line of JSON: milliseconds of both, a figure per pair.
import {
  adaClip,
  adaGC,
  adaGN,
  adaptiveGradClip,
  autoClip,
  clipByBlockRms,
  clipByGlobalNorm,
  clipByValue,
  type GradientTransform,
  spectralClip,
  spikeClip,
  withTransforms,
  zClip,
} from '@nfnets/agc';
import type { Engine } from '@nfnets/backends';
import { compileStep } from '@nfnets/compiled-step';
import { muon, sgd } from '@nfnets/optimizers';
import { plainStep } from '@nfnets/trainer';
import type * as tf from '@tensorflow/tfjs';
import type { StepKind } from '../inputs/step-kinds.js';
import { NETS, type NetName } from '../nets/nets.js';
import { type Batch, netAndBatch } from './net-and-batch.js';
import { say } from './say.js';
import { startEngine } from './start-engine.js';

const [engine, net, batchSize, pairs, kind] = process.argv.slice(2) as [Engine, NetName, string, string, StepKind];
await startEngine(engine);

/** Pairs that compile, and warm up. */
const FIRST_PAIRS = 2;
const { state, batch } = netAndBatch(net, Number(batchSize));
// Timed steps hardly move the weights.
const learningRate = 1e-4;
const exclude = [NETS[net].head];
const behind = (...transforms: GradientTransform[]) => withTransforms(sgd({ learningRate }), ...transforms);
const KINDS: Readonly<Record<StepKind, () => tf.Optimizer>> = {
  muon: () => muon({ learningRate, exclude }),
  'AGC, soft': () => behind(adaptiveGradClip({ form: 'soft', exclude })),
  'AGC, a norm a tensor': () => behind(adaptiveGradClip({ unit: 'tensor', exclude })),
  adaGC: () => behind(adaGC()),
  zClip: () => behind(zClip()),
  autoClip: () => behind(autoClip()),
  clipByBlockRms: () => behind(clipByBlockRms()),
  spikeClip: () => behind(spikeClip()),
  'adaClip and adaGN': () => behind(adaClip(), adaGN()),
  'spectralClip, soft': () => behind(spectralClip({ exclude })),
  clipByGlobalNorm: () => behind(clipByGlobalNorm({ maxNorm: 1 })),
  clipByValue: () => behind(clipByValue({ maxValue: 0.01 })),
};
const optimizers = { measured: KINDS[kind](), plain: sgd({ learningRate }) };
const stepBy = (optimizer: tf.Optimizer) => (batch: Batch) =>
  plainStep({ ...state, optimizer }, batch, { seed: 1, labelSmoothing: 0.1 });
const program = await compileStep({ measured: stepBy(optimizers.measured), plain: stepBy(optimizers.plain) });

/** Makes a step and reads its loss. */
async function time(which: 'measured' | 'plain'): Promise<number> {
  const start = performance.now();
  const loss = program[which](batch, {});
  if (!Number.isFinite((await loss.data())[0])) throw new Error('A step of the benchmark is not finite.');
  const taken = performance.now() - start;
  loss.dispose();
  return taken;
}

const milliseconds = { measured: [] as number[], plain: [] as number[] };
for (let pair = 0; pair < Number(pairs) + FIRST_PAIRS; pair++) {
  // Each goes first half of the time.
  for (const which of pair % 2 === 0 ? (['plain', 'measured'] as const) : (['measured', 'plain'] as const)) {
    const taken = await time(which);
    if (pair >= FIRST_PAIRS) milliseconds[which].push(taken);
  }
}
say(milliseconds);
process.exit();
