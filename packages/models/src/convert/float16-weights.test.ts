import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { createModel, float16Weights, foldForInference } from '../index.js';

const RESULT = { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' as const } };

/** Saves through `float16Weights`, as a file would have it. */
async function saved(model: tf.LayersModel): Promise<tf.io.ModelArtifacts> {
  let stored: tf.io.ModelArtifacts | undefined;
  const handler = tf.io.withSaveHandler(async (artifacts) => {
    const { weightData, ...texts } = artifacts;
    stored = { ...JSON.parse(JSON.stringify(texts)), weightData };
    return RESULT;
  });
  await model.save(float16Weights(handler));
  return stored!;
}

const vectorModel = (values: number[]) => {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: values.length, useBias: false, inputShape: [1] })] });
  const kernel = tf.tensor2d(values, [1, values.length]);
  model.setWeights([kernel]);
  kernel.dispose();
  return model;
};

it('stores half the bytes, and loads as tfjs loads any model', async () => {
  const model = createModel('nfnet_digits', { numClasses: 10, seed: 1 });
  const folded = await foldForInference(model);
  const artifacts = await saved(folded);
  expect((artifacts.weightData as ArrayBuffer).byteLength).toBe(2 * folded.countParams());
  const restored = await tf.loadLayersModel(tf.io.fromMemory(artifacts));
  // Half a step of 11 bits, or of the smallest numbers.
  for (const [i, weight] of folded.getWeights().entries()) {
    const [before, after] = [weight.dataSync(), restored.getWeights()[i]!.dataSync()];
    const off = before.findIndex(
      (value, k) => !(Math.abs(after[k]! - value) <= Math.max(2 ** -11 * Math.abs(value), 2 ** -25)),
    );
    expect(off, folded.weights[i]!.name).toBe(-1);
  }
  for (const each of [model, folded, restored]) each.dispose();
});

it('rounds to the nearest float16, ties to even', async () => {
  // Steps: 2^-10 from 1 on, 2^-24 below 2^-14; 65519 is nearer to 65504 than to 65536.
  const pairs = [
    [0, 0],
    [1 + 2 ** -11, 1],
    [1 + 3 * 2 ** -11, 1 + 2 ** -9],
    [-0.1, -0.0999755859375],
    [2 ** -24, 2 ** -24],
    [2 ** -25, 0],
    [3 * 2 ** -25, 2 ** -23],
    [2047.9 * 2 ** -25, 2 ** -14],
    [65519, 65504],
  ] as const;
  const model = vectorModel(pairs.map(([value]) => value));
  const artifacts = await saved(model);
  const restored = await tf.loadLayersModel(tf.io.fromMemory(artifacts));
  const values = restored.getWeights()[0]!.dataSync();
  expect([...values]).toEqual(pairs.map(([, half]) => half));
  model.dispose();
  restored.dispose();
});

it('refuses what has no float16, and targets that do not save', async () => {
  const model = vectorModel([65520]);
  await expect(saved(model)).rejects.toThrow(/float16Weights: ".*kernel.*" has values beyond 65504/);
  model.dispose();
  expect(() => float16Weights('nowhere://x')).toThrow(/`target` must be a URL or a handler that saves, got "nowhere/);
  expect(() => float16Weights({})).toThrow(/got a handler without `save`/);
});
