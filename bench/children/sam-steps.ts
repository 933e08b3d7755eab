// Times steps of sharpness-aware minimization beside plain ones on native TensorFlow, compiled, in a process of its own:
// `sam-steps.ts NET BATCH ROUNDS`. Answers with one line of JSON: milliseconds by kind of step, a figure per round after the first.
import { compileStep } from '@nfnets/compiled-step';
import { plainStep, samStep, type TrainingStep } from '@nfnets/trainer';
import type { NetName } from '../nets/nets.js';
import { type Batch, netAndBatch } from './net-and-batch.js';
import { say } from './say.js';
import { startEngine } from './start-engine.js';

const [net, batchSize, rounds] = process.argv.slice(2) as [NetName, string, string];
await startEngine('native');

const { state, batch } = netAndBatch(net, Number(batchSize));
const recorded = (step: TrainingStep) => (batch: Batch) => step(state, batch, { seed: 1, labelSmoothing: 0.1 });
const program = await compileStep({
  plain: recorded(plainStep),
  fifth: recorded(samStep({ ascentShare: 0.2 })),
  whole: recorded(samStep()),
});

const milliseconds = { plain: [] as number[], fifth: [] as number[], whole: [] as number[] };
for (let round = 0; round <= Number(rounds); round++) {
  for (const kind of ['plain', 'fifth', 'whole'] as const) {
    const start = performance.now();
    const loss = program[kind](batch);
    await loss.data();
    // The first round records and compiles.
    if (round > 0) milliseconds[kind].push(performance.now() - start);
    loss.dispose();
  }
}
say(milliseconds);
process.exit();
