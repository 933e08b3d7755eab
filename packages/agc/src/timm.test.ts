import { readFileSync } from 'node:fs';
import { expectTensorClose, goldenValues, variableOf } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { disposeOptimizer } from './__fixtures__/optimizers.js';
import { type AdaptiveGradClipArgs, adaptiveGradClip, withTransforms } from './index.js';

/*
 * 20 steps of SGD with Nesterov momentum behind timm's adaptive clipping, in float64 (tools/reference/timm_clipping.py), with gradients
 * that depend on the weights.
 */
interface Case {
  readonly args: AdaptiveGradClipArgs;
  readonly states: Readonly<Record<string, Readonly<Record<string, number[]>>>>;
}
const cases = Object.entries(
  JSON.parse(readFileSync(new URL('./__fixtures__/timm.json', import.meta.url), 'utf8')) as Record<string, Case>,
);

const SHAPES = {
  'conv/kernel': [3, 3, 2, 4],
  'conv/gain': [4],
  'conv/bias': [4],
  'point/kernel': [1, 1, 1, 3],
  'skip/gain': [],
  'dense/kernel': [5, 4],
  'dense/bias': [4],
  'head/kernel': [5, 1],
} as const;

const golden = (name: string, shape: readonly number[]) =>
  tf.tensor(goldenValues(name, tf.util.sizeFromShape([...shape])), [...shape], 'float32');

/** The values after steps 1, 2 and 20, by weight. */
function run(args: AdaptiveGradClipArgs): Record<string, Record<string, Float32Array>> {
  const optimizer = withTransforms(tf.train.momentum(0.1, 0.9, true), adaptiveGradClip(args));
  const weights = Object.entries(SHAPES).map(([name, shape]) => ({
    name,
    shape,
    variable: variableOf(() => tf.mul(golden(name, shape), name === 'skip/gain' ? 1e-4 : 1), name) as tf.Variable,
  }));
  const states: Record<string, Record<string, Float32Array>> = {};
  for (let step = 1; step <= 20; step++) {
    tf.tidy(() =>
      optimizer.applyGradients(
        weights.map(({ name, shape, variable }) => ({
          name: variable.name,
          tensor: tf.add(golden(`${name} ${step}`, shape), tf.mul(variable, 0.5)),
        })),
      ),
    );
    if (step <= 2 || step === 20) {
      states[step] = Object.fromEntries(
        weights.map(({ name, variable }) => [name, variable.dataSync<'float32'>().slice()]),
      );
    }
  }
  disposeOptimizer(optimizer);
  tf.dispose(weights.map(({ variable }) => variable));
  return states;
}

it.each(cases)("%s goes where timm goes, with each gain's elements apart", (_, { args, states }) => {
  const ours = run({ ...args, unit: 'gain-apart' });
  expect(Object.keys(ours)).toEqual(Object.keys(states));
  for (const [step, weights] of Object.entries(states)) {
    expect(Object.keys(weights)).toEqual(Object.keys(SHAPES));
    for (const [name, values] of Object.entries(weights)) {
      expectTensorClose(ours[step]![name]!, values, { relative: 1e-5, absolute: 1e-6 });
    }
  }
});

it('goes elsewhere with whole gains, and kernels of one input, as units', () => {
  const [, { args, states }] = cases[0]!;
  const ours = run(args);
  const apart = Object.entries(states[20]!)
    .filter(([name, values]) => values.some((value, i) => Math.abs(value - ours[20]![name]![i]!) > 1e-3))
    .map(([name]) => name);
  expect(apart).toEqual(['conv/gain', 'point/kernel']);
});
