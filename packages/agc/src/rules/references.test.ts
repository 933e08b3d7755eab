import { readFileSync } from 'node:fs';
import { expectTensorClose, goldenValues, variableOf } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import {
  adaClip,
  adaGC,
  adaGN,
  adaptiveGradClip,
  autoClip,
  type GradientTransform,
  spectralClip,
  spikeClip,
  withTransforms,
  zClip,
} from '../index.js';

const RULES: Readonly<Record<string, (args: object) => GradientTransform>> = {
  adaClip,
  adaGC,
  adaGN,
  adaptiveGradClip,
  autoClip,
  spectralClip,
  spikeClip,
  zClip,
};

/*
 * 20 steps of a small convolutional network by SGD behind each rule as it is written in its paper, in float64
 * (tools/reference/clip_rules.py). In two of the steps the loss has a spike.
 */
interface Case {
  readonly args: object;
  readonly states: Readonly<Record<string, Readonly<Record<string, number[]>>>>;
}
const cases = Object.entries(
  JSON.parse(readFileSync(new URL('../__fixtures__/rules.json', import.meta.url), 'utf8')) as Record<string, Case>,
);

const SPIKES: Readonly<Record<number, number>> = { 6: 20, 14: 40 };
const SHAPES = {
  'conv/kernel': [3, 3, 2, 4],
  'conv/bias': [4],
  gain: [],
  'dense/kernel': [4, 3],
  'dense/bias': [3],
} as const;

const golden = (name: string, shape: readonly number[]) =>
  tf.tensor(goldenValues(name, tf.util.sizeFromShape([...shape])), [...shape], 'float32');

function lossOf(weights: Readonly<Record<string, tf.Tensor>>, step: number): tf.Scalar {
  const images = golden(`images ${step}`, [8, 6, 6, 2]) as tf.Tensor4D;
  const x = tf.tanh(
    tf.add(tf.conv2d(images, weights['conv/kernel'] as tf.Tensor4D, 1, 'valid'), weights['conv/bias']!),
  );
  const pooled = tf.mul(tf.mean(x, [1, 2]), weights['gain']!) as tf.Tensor2D;
  const logits = tf.add(tf.matMul(pooled, weights['dense/kernel'] as tf.Tensor2D), weights['dense/bias']!);
  const labels = tf.oneHot([0, 1, 2, 0, 1, 2, 0, 1], 3);
  return tf.mul(tf.losses.softmaxCrossEntropy(labels, logits), SPIKES[step] ?? 1) as tf.Scalar;
}

it.each(cases)('%s goes where its paper goes', (name, { args, states }) => {
  const make = RULES[name.split(/,? /)[0]!]!;
  const optimizer = withTransforms(tf.train.sgd(0.1), make(args));
  const weights = Object.fromEntries(
    Object.entries(SHAPES).map(([each, shape]) => [each, variableOf(() => golden(each, shape), each) as tf.Variable]),
  );
  for (let step = 1; step <= 20; step++) {
    optimizer.minimize(() => lossOf(weights, step), false, Object.values(weights));
    for (const [each, variable] of Object.entries(weights)) {
      const expected = states[step]?.[each];
      if (expected) expectTensorClose(variable.dataSync(), expected, { relative: 1e-5, absolute: 1e-6 });
    }
  }
  expect(Object.keys(states)).toEqual(['1', '2', '20']);
  optimizer.dispose();
  tf.dispose(Object.values(weights));
});
