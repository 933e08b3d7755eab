import { arrayDataset, type Batch, type Dataset } from '@nfnets/data';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it } from 'vitest';
import { points, smallClassifier } from '../__fixtures__/small-classifier.js';
import { evaluate } from '../index.js';

let model: tfl.LayersModel;
afterEach(() => {
  model.dispose();
});

/** Returns its input as logits. */
const identity = (numClasses: number) =>
  tfl.sequential({ layers: [tfl.layers.activation({ activation: 'linear', inputShape: [numClasses] })] });

describe('evaluate', () => {
  it('averages over the samples, also of a last partial batch', async () => {
    model = identity(2);
    const data = arrayDataset({
      images: Float32Array.from([2, 0, 0, 2, 0, 2]),
      labels: [0, 0, 1],
      imageShape: [2],
      numClasses: 2,
    });
    // ln(1 + e^-2) = 0.126928 twice, ln(1 + e^2) = 2.126928 once; two of three right.
    for (const batchSize of [1, 2, 3, 64]) {
      const result = await evaluate(model, data, { batchSize });
      expect(result.loss).toBeCloseTo((2 * 0.126928 + 2.126928) / 3, 6);
      expect(result).toEqual({ loss: result.loss, accuracy: 2 / 3, samples: 3 });
    }
  });

  it('has NaN for an image that holds one, also where a max pooling passes over it', async () => {
    model = tfl.sequential({
      layers: [tfl.layers.maxPooling1d({ poolSize: 2, inputShape: [4, 1] }), tfl.layers.flatten()],
    });
    const images = Float32Array.from([0, 2, 0, 0, 0, Number.NaN, 2, 0, 1e38, 3e38, 0, 3e38]);
    const data = (labels: number[], from: number): Dataset => ({
      length: labels.length,
      imageShape: [4, 1],
      numClasses: 2,
      async *batches({ batchSize }) {
        for (let i = 0; i < labels.length; i += batchSize) {
          const own = labels.slice(i, i + batchSize);
          const pixels = images.subarray(4 * (from + i), 4 * (from + i + own.length));
          yield { images: tf.tensor(pixels, [own.length, 4, 1]), labels: tf.tensor1d(own, 'int32') };
        }
      },
    });
    for (const batchSize of [1, 3]) {
      const result = await evaluate(model, data([0, 1, 0], 0), { batchSize });
      expect(result).toEqual({ loss: Number.NaN, accuracy: 2 / 3, samples: 3 });
    }
    // A sum beyond float32 of what is finite: ln 2.
    expect((await evaluate(model, data([0], 2))).loss).toBeCloseTo(Math.LN2, 6);
  });

  it('tells the top five of more than five classes', async () => {
    model = identity(6);
    const images = Float32Array.from([6, 5, 4, 3, 2, 1, 6, 5, 4, 3, 2, 1]);
    const data = arrayDataset({ images, labels: [4, 5], imageShape: [6], numClasses: 6 });
    expect(await evaluate(model, data)).toMatchObject({ accuracy: 0, top5Accuracy: 0.5, samples: 2 });
  });

  it('does not train: masks are off', async () => {
    model = smallClassifier({ dropout: true });
    const data = points(30);
    expect(await evaluate(model, data)).toEqual(await evaluate(model, data));
  });

  it('leaks nothing when the model throws', async () => {
    model = identity(3);
    const data: Dataset = { ...points(4), length: 4, imageShape: [2], numClasses: 3, batches: twoByTwo };
    const tensors = tf.memory().numTensors;
    await expect(evaluate(model, data)).rejects.toThrow();
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('refuses models that return no logits for these classes', async () => {
    model = tfl.sequential({ layers: [tfl.layers.dense({ units: 3, inputShape: [2], activation: 'softmax' })] });
    await expect(evaluate(model, points(4))).rejects.toThrow(/must return logits, got a softmax in its last layer/);
    await expect(evaluate(model, points(8, 4))).rejects.toThrow(
      'evaluate: `model` must have one output [batch, 4], one logit per class of the data, got [[null,3]].',
    );
  });

  it('refuses class probabilities', async () => {
    model = identity(2);
    const data: Dataset = { length: 2, imageShape: [2], numClasses: 2, batches: twoByTwo };
    await expect(evaluate(model, data)).rejects.toThrow(
      'evaluate: `labels` must be class numbers [batch], got shape [2,2].',
    );
  });
});

async function* twoByTwo(): AsyncGenerator<Batch> {
  yield { images: tf.ones([2, 2]), labels: tf.ones([2, 2]) };
}
