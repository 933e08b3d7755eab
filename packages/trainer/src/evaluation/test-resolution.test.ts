import { arrayDataset } from '@nfnets/data';
import { atResolution } from '@nfnets/models';
import { sgd } from '@nfnets/optimizers';
import { goldenValues } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { ema, evaluate, train } from '../index.js';

const images = (side: number) =>
  arrayDataset({
    images: Float32Array.from(goldenValues('images', 12 * side * side)),
    labels: Array.from({ length: 12 }, (_, i) => i % 3),
    imageShape: [side, side, 1],
    numClasses: 3,
  });

it('evaluates at another size than it trains at, weights and averages', async () => {
  const input = tf.input({ shape: [4, 4, 1] });
  const kernelInitializer = tf.initializers.varianceScaling({ seed: 1 });
  const maps = tf.layers.conv2d({ filters: 4, kernelSize: 3, kernelInitializer }).apply(input);
  const pooled = tf.layers.globalAveragePooling2d({}).apply(maps);
  const outputs = tf.layers.dense({ units: 3, kernelInitializer }).apply(pooled) as tf.SymbolicTensor;
  const model = tf.model({ inputs: input, outputs });
  const larger = atResolution(model, 6);
  const optimizer = sgd({ learningRate: 0.5 });
  const average = ema(model, { decay: 0.5 });
  const task = { model, optimizer, data: images(4), epochs: 1, batchSize: 4, seed: 0, ema: average };

  await expect(async () => train({ ...task, evaluate: { data: images(6) } })).rejects.toThrow(
    'train: evaluate: `model` must take images of shape [6,6,1], those of the data, got a model for [4,4,1].',
  );
  for await (const event of train({ ...task, evaluate: { data: images(6), model: larger } })) {
    if (event.type !== 'epoch-end') continue;
    expect(event.evaluation).toEqual(await evaluate(larger, images(6)));
    expect(event.emaEvaluation).toEqual(await average.withAverage(() => evaluate(larger, images(6))));
    expect(event.emaEvaluation!.loss).not.toBe(event.evaluation!.loss);
  }
  for (const each of [average, optimizer, larger, model]) each.dispose();
});
