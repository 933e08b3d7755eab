// Times steps of sharpness-aware minimization beside plain ones on native TensorFlow, compiled, in a process of its own:
// `sam-steps.ts NET BATCH ROUNDS`. Answers with one line of JSON: milliseconds by kind of step, a figure per round after the first.
import { adaptiveGradClip, withTransforms } from '@nfnets/agc';
import { compileStep } from '@nfnets/compiled-step';
import { sgd } from '@nfnets/optimizers';
import { plainStep, samStep, type TrainingStep } from '@nfnets/trainer';
import * as tf from '@tensorflow/tfjs';
import { NETS, type NetName } from '../nets/nets.js';
import { say } from './say.js';
import { startEngine } from './start-engine.js';

const [net, batch, rounds] = process.argv.slice(2) as [NetName, string, string];
await startEngine('native');

const { build, head, imageShape } = NETS[net];
const model = build();
const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
// Timed steps hardly move the weights.
const optimizer = withTransforms(sgd({ learningRate: 1e-4 }), adaptiveGradClip({ exclude: [head] }));
const images = tf.randomNormal([Number(batch), ...imageShape], 0, 1, 'float32', 1);
const labels = tf.tensor1d(
  Int32Array.from({ length: Number(batch) }, (_, i) => i % 10),
  'int32',
);
type Batch = { readonly images: tf.Tensor; readonly labels: tf.Tensor };
const recorded = (step: TrainingStep) => (batch: Batch) =>
  step({ model, optimizer, variables }, batch, { seed: 1, labelSmoothing: 0.1 });
const program = await compileStep({
  plain: recorded(plainStep),
  fifth: recorded(samStep({ ascentShare: 0.2 })),
  whole: recorded(samStep()),
});

const milliseconds = { plain: [] as number[], fifth: [] as number[], whole: [] as number[] };
for (let round = 0; round <= Number(rounds); round++) {
  for (const kind of ['plain', 'fifth', 'whole'] as const) {
    const start = performance.now();
    const loss = program[kind]({ images, labels });
    await loss.data();
    // The first round records and compiles.
    if (round > 0) milliseconds[kind].push(performance.now() - start);
    loss.dispose();
  }
}
say(milliseconds);
process.exit();
