import { readFileSync } from 'node:fs';
import { arrayDataset, type Dataset } from '@nfnets/data';
import { goldenValues } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it } from 'vitest';
import { type DetailedEvaluation, evaluate, evaluateInDetail } from '../index.js';

let model: tfl.LayersModel | undefined;
afterEach(() => {
  model?.dispose();
  model = undefined;
});

/** Evaluates a network that returns these logits. */
async function inDetail(logits: readonly number[], labels: readonly number[], numClasses: number, bins = 10) {
  model = tfl.sequential({ layers: [tfl.layers.activation({ activation: 'linear', inputShape: [numClasses] })] });
  const data = arrayDataset({ images: Float32Array.from(logits), labels, imageShape: [numClasses], numClasses });
  return {
    detailed: await evaluateInDetail(model, data, { batchSize: 3, bins }),
    plain: await evaluate(model, data, { batchSize: 3 }),
  };
}

describe('evaluateInDetail', () => {
  it('computes what scikit-learn does', async () => {
    const expected = JSON.parse(
      readFileSync(new URL('./__fixtures__/classification-metrics.json', import.meta.url), 'utf8'),
    ) as DetailedEvaluation & Record<string, never>;
    const { samples, numClasses, bins, counts, binAccuracies, binConfidences, ...figures } = expected;
    // As `tools/reference/classification_metrics.py` makes them.
    const labels = Array.from({ length: samples }, (_, i) => (i * 5) % numClasses!);
    const noise = goldenValues('logits', samples * numClasses!);
    const logits = [...noise].map(
      (u, i) => 4 * u + (i % numClasses! === labels[Math.floor(i / numClasses!)] ? 2.5 : 0),
    );
    const { detailed, plain } = await inDetail(logits, labels, numClasses!, bins);
    for (const [name, value] of Object.entries(figures)) {
      const computed = detailed[name as keyof DetailedEvaluation];
      if (typeof value === 'number') expect(computed, name).toBeCloseTo(value, 12);
      else expect(computed, name).toEqual(value);
    }
    expect(detailed.reliability.map((bin) => bin.samples)).toEqual(counts);
    const filled = detailed.reliability.filter((bin) => bin.samples > 0);
    for (const [i, bin] of filled.entries()) {
      expect(bin.accuracy).toBeCloseTo(binAccuracies![i]!, 12);
      expect(bin.confidence).toBeCloseTo(binConfidences![i]!, 12);
    }
    expect(detailed).toMatchObject(plain);
  });

  it('by hand: two classes, two bins', async () => {
    // Probabilities 3/4, 3/4 and 1/2 of class 0, 0 and 0 (the lower of equals); true are 0, 1, 0.
    const { detailed } = await inDetail([Math.log(3), 0, Math.log(3), 0, 1, 1], [0, 1, 0], 2, 2);
    expect(detailed).toMatchObject({
      accuracy: 2 / 3,
      confusionMatrix: [
        [2, 0],
        [1, 0],
      ],
      classAccuracy: [1, 0],
      samples: 3,
    });
    // (2 * (1/4)^2 + 2 * (3/4)^2 + 2 * (1/2)^2) / 3
    expect(detailed.brierScore).toBeCloseTo(1.75 / 3, 6);
    // Half belongs to the lower bin. There 1 of 1 is right at 1/2; above 1 of 2 at 3/4: (1 * 1/2 + 2 * 1/4) / 3.
    expect(detailed.reliability.map(({ samples, accuracy }) => [samples, accuracy])).toEqual([
      [1, 1],
      [2, 0.5],
    ]);
    expect(detailed.calibrationError).toBeCloseTo(1 / 3, 6);
  });

  it('has no accuracy for a class without samples, and no figures in an empty bin', async () => {
    const { detailed } = await inDetail([9, 0, 0, 9, 0, 0], [0, 0], 3, 3);
    expect(detailed.classAccuracy).toEqual([1, Number.NaN, Number.NaN]);
    expect(detailed.reliability[0]).toEqual({
      from: 0,
      to: 1 / 3,
      samples: 0,
      confidence: Number.NaN,
      accuracy: Number.NaN,
    });
  });

  it('calls a sample with NaN a miss of no class', async () => {
    model = tfl.sequential({ layers: [tfl.layers.activation({ activation: 'linear', inputShape: [2] })] });
    const data: Dataset = {
      length: 2,
      imageShape: [2],
      numClasses: 2,
      async *batches() {
        yield { images: tf.tensor2d([Number.NaN, 0, 3, 0], [2, 2]), labels: tf.tensor1d([0, 0]) };
      },
    };
    const detailed = await evaluateInDetail(model, data);
    expect(detailed).toMatchObject({ accuracy: 0.5, samples: 2, classAccuracy: [0.5, Number.NaN] });
    expect(detailed.confusionMatrix).toEqual([
      [1, 0],
      [0, 0],
    ]);
    expect([detailed.loss, detailed.brierScore, detailed.calibrationError]).toEqual([NaN, NaN, NaN]);
  });

  it('refuses what is no number of bins', async () => {
    await expect(inDetail([1, 0], [0], 2, 0)).rejects.toThrow(
      'evaluateInDetail: `bins` must be an integer >= 1, got 0.',
    );
  });
});
