import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { smallClassifier, weightValues } from '../__fixtures__/small-classifier.js';
import { Ema, ema, emaDecay } from '../index.js';

describe('emaDecay', () => {
  it.each([
    [0, 0.1],
    [1, 0.181818],
    [2, 0.25],
    [3, 0.307692],
    [1e5, 0.999910009],
    [1e6, 0.99999],
  ])('is the reference at update %i', (t, expected) => {
    expect(emaDecay(t, { decay: 0.99999 })).toBeCloseTo(expected, 6);
  });

  it('is the decay itself without a warm-up', () => {
    expect(emaDecay(0, { decay: 0.9, warmup: false })).toBe(0.9);
  });
});

describe('ema', () => {
  let model: ReturnType<typeof smallClassifier>;
  beforeEach(() => {
    model = smallClassifier();
  });
  afterEach(() => {
    model.dispose();
  });
  /** Sets every trainable weight to `value`. */
  const fill = (value: number) =>
    tf.tidy(() => model.setWeights(model.weights.map(({ shape }) => tf.fill(shape as number[], value))));

  it('starts from the weights and moves towards them', async () => {
    fill(1);
    const average = ema(model, { decay: 0.99 });
    const averages = () => average.withAverage(() => [...new Set(weightValues(model))]);
    expect(await averages()).toEqual([1]);
    fill(11);
    average.update();
    // 0.1 * 1 + 0.9 * 11
    expect((await averages())[0]).toBeCloseTo(10, 5);
    fill(-1);
    average.update();
    // 2/11 * 10 + 9/11 * -1
    expect((await averages())[0]).toBeCloseTo(1, 5);
    expect(new Set(weightValues(model))).toEqual(new Set([-1]));
    average.dispose();
  });

  it('keeps a weight that does not change, exactly', async () => {
    fill(0.1);
    const average = ema(model, { decay: 0.9 });
    for (let i = 0; i < 20; i++) average.update();
    expect(new Set(await average.withAverage(() => weightValues(model)))).toEqual(new Set([Math.fround(0.1)]));
    average.dispose();
  });

  it('stays between the smallest and the largest weight seen', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: 2, maxLength: 6 }),
        async (values) => {
          fill(values[0]!);
          const average = ema(model, { decay: 0.5, warmup: false });
          for (const value of values) {
            fill(value);
            average.update();
          }
          const [result] = await average.withAverage(() => weightValues(model));
          expect(result).toBeGreaterThanOrEqual(Math.min(...values) - 1e-4);
          expect(result).toBeLessThanOrEqual(Math.max(...values) + 1e-4);
          average.dispose();
        },
      ),
      { numRuns: 20 },
    );
  });

  it('puts the weights back bit for bit, also when the caller throws, without making tensors', async () => {
    const before = weightValues(model);
    const average = ema(model, { decay: 0.9 });
    fill(5);
    average.update();
    const changed = weightValues(model);
    const tensors = tf.memory().numTensors;
    const failing = average.withAverage(async () => {
      expect(weightValues(model)).not.toEqual(changed);
      throw new Error('from inside');
    });
    await expect(failing).rejects.toThrow('from inside');
    expect(weightValues(model)).toEqual(changed);
    expect(tf.memory().numTensors).toBe(tensors);
    expect(changed).not.toEqual(before);
    average.dispose();
  });

  it('updates one weight at a time, in memory for no more than that', async () => {
    const variables = Array.from({ length: 8 }, () => tf.tidy(() => tf.variable(tf.ones([1000]))));
    const average = new Ema(variables, { decay: 0.9 });
    const before = tf.memory().numBytes;
    const { peakBytes } = await tf.profile(() => average.update());
    // The difference, its share and the new average, 4000 bytes each, and a scalar.
    expect(peakBytes - before).toBeLessThanOrEqual(3 * 4000 + 4);
    average.dispose();
    tf.dispose(variables);
  });

  it('refuses to be updated or swapped while swapped', async () => {
    const average = ema(model, { decay: 0.9 });
    await expect(average.withAverage(() => average.update())).rejects.toThrow(/must not be called inside withAverage/);
    await expect(average.withAverage(() => average.withAverage(() => 1))).rejects.toThrow(/inside itself/);
    average.dispose();
  });

  it('refuses a decay of 1', () => {
    expect(() => ema(model, { decay: 1 })).toThrow('ema: `decay` must be in [0, 1), got 1.');
  });
});
