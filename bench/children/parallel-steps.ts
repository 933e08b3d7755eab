// A training step of ours over processes: `parallel-steps.ts SETUP SAMPLES PORT INDEX SIZE`. All of SIZE processes are started, and asked
// the same by lines of JSON; the first one answers.
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { adaptiveGradClip, withTransforms } from '@nfnets/agc';
import { compileStep } from '@nfnets/compiled-step';
import { partOfBatch } from '@nfnets/data';
import { joinGroup } from '@nfnets/data-parallel';
import { sgd } from '@nfnets/optimizers';
import { softmaxCrossEntropy } from '@nfnets/trainer';
import * as tf from '@tensorflow/tfjs';
import { readTensorFile } from '../inputs/tensor-file.js';
import type { StepsQuestion, StepsReply, TrainingSetup } from '../inputs/training-setup.js';
import { NETS } from '../nets/nets.js';
import { say } from './say.js';
import { orSayMissing, startEngine } from './start-engine.js';
import { takeWeights } from './take-weights.js';

const [{ net, folder, clipFactor }, samples, port, index, size] = process.argv
  .slice(2)
  .map((word) => JSON.parse(word)) as [TrainingSetup, number, number, number, number];
await startEngine('native');
const hosts = Array.from({ length: size }, (_, i) => `127.0.0.1:${port + i}`);
const group = await orSayMissing(() => joinGroup({ hosts, index, threads: 1 }));

const { build, head } = NETS[net];
const model = build();
takeWeights(model, folder);
const [images] = readTensorFile(join(folder, 'images'));
const [from, to] = partOfBatch(samples, { index, count: size });
const batch = tf.tidy(() => {
  const whole = tf.tensor4d(images!.values, images!.shape as [number, number, number, number]);
  const classes = Int32Array.from({ length: to - from }, (_, i) => (from + i) % 10);
  return { images: tf.slice(whole, from, to - from), labels: tf.tensor1d(classes, 'int32') };
});

const plain = sgd({ learningRate: 0 });
const optimizer = withTransforms(plain, adaptiveGradClip({ clipFactor, exclude: [head] }));
const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
const program = await orSayMissing(() =>
  compileStep(
    {
      step: ({ images, labels }: { images: tf.Tensor4D; labels: tf.Tensor1D }, { learningRate }, { averaged }) => {
        const loss = () => softmaxCrossEntropy(model.apply(images, { training: true }) as tf.Tensor, labels);
        const { value, grads } = tf.variableGrads(loss, variables);
        // From the last layer on, whose gradients are known first.
        const names = Object.keys(grads).reverse();
        const share = tf.scalar(1 / size);
        const means = averaged(
          names.map((name) => grads[name]!),
          share,
        );
        plain.withLearningRate(learningRate!, () =>
          optimizer.applyGradients(Object.fromEntries(names.map((name, i) => [name, means[i]!]))),
        );
        return averaged([value], share)[0]!;
      },
    },
    { group },
  ),
);
if (index === 0) say({ version: `tfjs ${tf.version_core}` });

for await (const line of createInterface({ input: process.stdin })) {
  const { steps, learningRate } = JSON.parse(line) as StepsQuestion;
  const losses: number[] = [];
  const milliseconds: number[] = [];
  for (let i = 0; i < steps; i++) {
    const start = performance.now();
    const loss = program.step(batch, { learningRate });
    losses.push((await loss.data())[0]!);
    milliseconds.push(performance.now() - start);
    loss.dispose();
  }
  if (index === 0) say({ losses, milliseconds } satisfies StepsReply);
}
group.leave();
process.exit();
