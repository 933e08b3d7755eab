// A convolutional network on digits, plain TensorFlow.js with Adam: its step as it is, and compiled.
import { useBackend } from '@nfnets/backends';
import { compileStep } from '@nfnets/compiled-step';
import { arrayDataset } from '@nfnets/data';
import { mnistDigits } from '@nfnets/data/node';
import * as tf from '@tensorflow/tfjs';

const BATCH = 32;
const STEPS = 60;

const { engine, reason } = await useBackend('auto');
console.log(`engine: ${engine} (${reason})`);

function makeModel(): tf.LayersModel {
  const kernelInitializer = tf.initializers.varianceScaling({ seed: 1 });
  const convolution = (filters: number, inputShape?: tf.Shape) =>
    tf.layers.conv2d({
      filters,
      kernelSize: 5,
      activation: 'relu',
      kernelInitializer,
      ...(inputShape && { inputShape }),
    });
  const pool = () => tf.layers.maxPooling2d({ poolSize: 2, strides: 2 });
  const dense = tf.layers.dense({ units: 10, kernelInitializer });
  return tf.sequential({
    layers: [convolution(8, [28, 28, 1]), pool(), convolution(16), pool(), tf.layers.flatten(), dense],
  });
}

/** An ordinary training step: a function of a batch that updates the model and returns its loss. */
function makeStep(model: tf.LayersModel) {
  const optimizer = tf.train.adam(0.002);
  return ({ images, labels }: { images: tf.Tensor; labels: tf.Tensor }) => {
    const lossOf = () => tf.losses.softmaxCrossEntropy(labels, model.apply(images, { training: true }) as tf.Tensor);
    return { loss: tf.tidy(() => optimizer.minimize(lossOf as () => tf.Scalar, true)!) as tf.Tensor };
  };
}

const batches: { images: tf.Tensor; labels: tf.Tensor }[] = [];
const digits = arrayDataset(mnistDigits({ from: import.meta.url }));
for await (const { images, labels } of digits.batches({ batchSize: BATCH, shuffleSeed: 1, partialBatch: 'drop' })) {
  batches.push({ images, labels: tf.tidy(() => tf.cast(tf.oneHot(labels, 10), 'float32')) });
  labels.dispose();
  if (batches.length === STEPS) break;
}

/** Runs the step over the batches; the losses, and the median time of the later steps in milliseconds. */
async function run(step: ReturnType<typeof makeStep>) {
  const losses: number[] = [];
  const times: number[] = [];
  for (const batch of batches) {
    const start = performance.now();
    const { loss } = step(batch);
    losses.push((await loss.data())[0]!);
    times.push(performance.now() - start);
    loss.dispose();
  }
  const later = times.slice(10).sort((a, b) => a - b);
  return { losses, milliseconds: later[later.length >> 1]! };
}

const eager = await run(makeStep(makeModel()));
tf.disposeVariables();
const program = await compileStep({ train: makeStep(makeModel()) });
const compiled = await run(program.train);
program.dispose();
tf.dispose(batches);

const line = (name: string, { losses, milliseconds }: typeof eager) =>
  console.log(`${name.padEnd(9)} ${milliseconds.toFixed(1)} ms a step, last loss ${losses.at(-1)!.toFixed(5)}`);
line('eager', eager);
line(program.isCompiled ? 'compiled' : 'the same', compiled);
if (program.isCompiled) console.log(`${(eager.milliseconds / compiled.milliseconds).toFixed(1)} times as fast`);
