// Times training steps of a preset on native TensorFlow, in a process of its own: `step-latency.ts PRESET BATCH STEPS PRECISION`.
// Answers with one line of JSON: `{ pixels, milliseconds }`, a figure per step after the first.
import { adaptiveGradClip, withTransforms } from '@nfnets/agc';
import { compileStep, type Precision } from '@nfnets/compiled-step';
import { createModel, describeModel, type ModelName } from '@nfnets/models';
import { sgd } from '@nfnets/optimizers';
import { softmaxCrossEntropy } from '@nfnets/trainer';
import * as tf from '@tensorflow/tfjs';
import { say } from './say.js';
import { orSayMissing, startEngine } from './start-engine.js';

const [preset, batch, steps, precision] = process.argv.slice(2) as [ModelName, string, string, Precision];
await startEngine('native');

const { family, trainSize: pixels } = describeModel(preset);
const model = createModel(preset, { numClasses: 1000, inputShape: [pixels, pixels, 3], seed: 1 });
const images = tf.randomNormal([Number(batch), pixels, pixels, 3], 0, 1, 'float32', 1);
const labels = tf.range(0, Number(batch), 1, 'int32') as tf.Tensor1D;
const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
const momentum = sgd({ learningRate: 1e-4 });
const isNormalizerFree = family !== 'resnet' && family !== 'efficientnet';
const optimizer = isNormalizerFree ? withTransforms(momentum, adaptiveGradClip({ exclude: ['linear'] })) : momentum;
const train = ({ images, labels }: { images: tf.Tensor; labels: tf.Tensor1D }) =>
  optimizer.minimize(
    () => softmaxCrossEntropy(model.apply(images, { training: true, seed: 1 }) as tf.Tensor, labels),
    true,
    variables,
  ) as tf.Tensor;
const program = await orSayMissing(() => compileStep({ train }, { precision }));
const milliseconds: number[] = [];
for (let i = 0; i <= Number(steps); i++) {
  const start = performance.now();
  const loss = program.train({ images, labels });
  await loss.data();
  // The first one records and compiles.
  if (i > 0) milliseconds.push(performance.now() - start);
  loss.dispose();
}
say({ pixels, milliseconds });
process.exit();
