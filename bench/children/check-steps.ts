// Times training steps that tell whether they are finite beside steps that do not, in a process of its own:
// `check-steps.ts ENGINE VARIANT NET BATCH PAIRS`. Answers with one line of JSON: milliseconds of the clock and of the processor by kind of
// step, a figure per pair.
import type { Engine } from '@nfnets/backends';
import { compileStep } from '@nfnets/compiled-step';
import { plainStep, watchedStep } from '@nfnets/trainer';
import * as tf from '@tensorflow/tfjs';
import type { NetName } from '../nets/nets.js';
import { type Batch, netAndBatch } from './net-and-batch.js';
import { say } from './say.js';
import { startEngine } from './start-engine.js';

const [engine, variant, net, batchSize, pairs] = process.argv.slice(2) as [Engine, string, NetName, string, string];
await startEngine(engine);

/** Pairs that compile, and warm up. */
const FIRST_PAIRS = 2;
const { state, batch } = netAndBatch(net, Number(batchSize));
const scalars = { seed: 1, labelSmoothing: 0.1 };
const watched = watchedStep(plainStep);
const program = await compileStep(
  {
    plain: (batch: Batch) => ({ loss: plainStep(state, batch, scalars) }),
    checked: (batch: Batch) => watched(state, batch, scalars),
  },
  { eager: variant === 'eager' },
);

/** Makes a step and reads what a run reads. */
async function time(kind: 'plain' | 'checked'): Promise<{ clock: number; processor: number }> {
  const [start, used] = [performance.now(), process.cpuUsage()];
  const made = program[kind](batch, {}) as { loss: tf.Tensor; sums?: tf.Tensor };
  const [, sums] = await Promise.all([made.loss.data(), made.sums?.data<'float32'>()]);
  if (sums && !sums.every(Number.isFinite)) throw new Error('A step of the benchmark is not finite.');
  const { user, system } = process.cpuUsage(used);
  const taken = { clock: performance.now() - start, processor: (user + system) / 1000 };
  tf.dispose(made);
  return taken;
}

const make = () => ({ plain: [] as number[], checked: [] as number[] });
const milliseconds = { clock: make(), processor: make() };
for (let pair = 0; pair < Number(pairs) + FIRST_PAIRS; pair++) {
  // Each goes first half of the time.
  for (const kind of pair % 2 === 0 ? (['plain', 'checked'] as const) : (['checked', 'plain'] as const)) {
    const taken = await time(kind);
    if (pair < FIRST_PAIRS) continue;
    milliseconds.clock[kind].push(taken.clock);
    milliseconds.processor[kind].push(taken.processor);
  }
}
say(milliseconds);
process.exit();
