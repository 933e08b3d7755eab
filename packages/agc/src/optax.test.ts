import { readFileSync } from 'node:fs';
import { expectTensorClose, goldenValues } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { disposeOptimizer } from './__fixtures__/optimizers.js';
import { adaptiveGradClip, clipByBlockRms, clipByGlobalNorm, clipByValue, withTransforms } from './index.js';

/*
 * 20 steps of SGD with Nesterov momentum behind optax's clipping, in float64 (tools/reference/optax_runs.py), with gradients that
 * depend on the weights.
 */
interface Case {
  readonly args: object;
  readonly states: Readonly<Record<string, Readonly<Record<string, number[]>>>>;
}
const cases = Object.entries(
  JSON.parse(readFileSync(new URL('./__fixtures__/optax.json', import.meta.url), 'utf8')) as Record<string, Case>,
);

const FACTORIES = { adaptiveGradClip, clipByBlockRms, clipByGlobalNorm, clipByValue } as const;
const SHAPES = { 'conv/kernel': [3, 3, 2, 4], 'dense/kernel': [5, 4], 'dense/bias': [4], gain: [] } as const;

const golden = (name: string, shape: readonly number[]) =>
  tf.tensor(goldenValues(name, tf.util.sizeFromShape([...shape])), [...shape], 'float32');

it('compares clippings that clip, and one that does not', () => {
  expect(cases.map(([name]) => name)).toEqual([
    'adaptiveGradClip 0.01',
    'adaptiveGradClip 0.16',
    'clipByBlockRms 1',
    'clipByBlockRms 0.3',
    'clipByGlobalNorm 1',
    'clipByGlobalNorm 100',
    'clipByValue 0.3',
  ]);
});

it.each(cases)('%s goes where optax goes', (name, { args, states }) => {
  const transform = FACTORIES[name.split(' ')[0] as keyof typeof FACTORIES](args as never);
  const optimizer = withTransforms(tf.train.momentum(0.1, 0.9, true), transform);
  const weights = Object.entries(SHAPES).map(([each, shape]) => ({
    name: each,
    shape,
    // The gain is below the floor of the norm.
    variable: tf.tidy(() => tf.variable(tf.mul(golden(each, shape), each === 'gain' ? 1e-4 : 1))),
  }));
  for (let step = 1; step <= 20; step++) {
    tf.tidy(() =>
      optimizer.applyGradients(
        weights.map(({ name: each, shape, variable }) => ({
          name: variable.name,
          tensor: tf.add(golden(`${each} ${step}`, shape), tf.mul(variable, 0.5)),
        })),
      ),
    );
    for (const { name: each, variable } of weights) {
      const expected = states[step]?.[each];
      if (expected) expectTensorClose(variable.dataSync(), expected, { absolute: 2e-6 });
    }
  }
  expect(Object.keys(states)).toEqual(['1', '2', '20']);
  disposeOptimizer(optimizer);
  tf.dispose(weights.map(({ variable }) => variable));
});
