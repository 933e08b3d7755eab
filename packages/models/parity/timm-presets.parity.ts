import { relativeError } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createModel, describeModel, type PublishedWeight, publishedWeights, TIMM_NFNET } from '../src/index.js';
import { isTimmMissing, lossOf, NEEDS_TIMM, runTimm, useFastestEngine } from './reference.js';

/** More takes more than 4 GB with gradients on both sides: PARITY_MAX_MILLIONS=1000 compares all. */
const maxParameters = Number(process.env['PARITY_MAX_MILLIONS'] ?? 150) * 1e6;
/** A multiple of neither 32 nor 64, so that odd maps are in it. */
const SIDE = 72;

const names = (Object.keys(TIMM_NFNET) as (keyof typeof TIMM_NFNET)[]).filter(
  (name) => describeModel(name).parameters <= maxParameters,
);

/** Theirs in our layout. */
function inOurLayout(values: Float32Array, { shape, layout }: PublishedWeight, ours: number[]): tf.Tensor {
  return tf.tidy(() => {
    const theirs = tf.tensor(values, [...shape]);
    if (layout === 'OIHW') return tf.reshape(tf.transpose(theirs, [2, 3, 1, 0]), ours);
    return layout === 'OI' ? tf.transpose(theirs) : tf.reshape(theirs, ours);
  });
}

/** Norm of the difference relative to the norm. */
function distance(actual: tf.Tensor, expected: tf.Tensor): number {
  return tf.tidy(() => tf.div(tf.norm(tf.sub(actual, expected)), tf.norm(expected)).dataSync()[0]!);
}

/** Checks weights and logits of a draw of weights and images, and gives the gradient that is furthest from timm's. */
function furthestGradient(name: keyof typeof TIMM_NFNET, seed: number): { name: string; distance: number } {
  const timm = runTimm(name.slice('timm/'.length), SIDE, seed);
  const published = publishedWeights(TIMM_NFNET[name], 'timm', 1000);
  expect([...published.values()].map((weight) => weight.name).sort()).toEqual([...timm.weights.names].sort());

  const model = createModel(name, { numClasses: 1000 });
  for (const weight of model.weights) {
    const theirs = published.get(weight.originalName)!;
    expect(timm.weights.shape(theirs.name), theirs.name).toEqual(theirs.shape);
    const value = inOurLayout(timm.weights.values(theirs.name), theirs, weight.shape as number[]);
    weight.write(value);
    value.dispose();
  }
  const images = tf.tensor(timm.results.values('images'), timm.results.shape('images'));
  const logits = tf.tidy(() => (model.predict(images) as tf.Tensor).dataSync<'float32'>());
  expect(relativeError(logits, timm.results.values('logits'))).toBeLessThan(1e-4);

  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const { value, grads } = tf.variableGrads(() => lossOf(model, images), variables);
  const distances = model.trainableWeights.map(({ originalName }, i) => {
    const theirs = published.get(originalName)!;
    const grad = grads[variables[i]!.name]!;
    const expected = inOurLayout(timm.gradients.values(theirs.name), theirs, grad.shape);
    const result = { name: theirs.name, distance: distance(grad, expected) };
    tf.dispose([grad, expected]);
    return result;
  });
  tf.dispose([value, images]);
  model.dispose();
  return distances.reduce((furthest, each) => (each.distance > furthest.distance ? each : furthest));
}

describe.skipIf(isTimmMissing)(isTimmMissing ? NEEDS_TIMM : 'as in timm', () => {
  beforeAll(useFastestEngine);
  afterAll(async () => {
    await tf.setBackend('cpu');
  });

  it.each(names)('%s has the weights, logits and gradients of timm', (name) => {
    // Where rounding puts a relu's input on the other side of zero, or the maximum of a window on another pixel, gradients
    // jump: of one draw of weights and images. A mistake shows in every draw.
    let furthest = furthestGradient(name, 0);
    for (let seed = 1; seed < 4 && furthest.distance >= 1e-3; seed++) furthest = furthestGradient(name, seed);
    expect(furthest.distance, `gradient of ${furthest.name}`).toBeLessThan(1e-3);
  });
});
