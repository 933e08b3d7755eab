import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { disposeOptimizer } from './__fixtures__/optimizers.js';
import * as agcPackage from './index.js';

const {
  adaptiveGradClip,
  addDecayedWeights,
  agc,
  clipByBlockRms,
  clipByGlobalNorm,
  clipByValue,
  clipMeter,
  unitwiseNorm,
  withTransforms,
} = agcPackage as unknown as Record<string, (...args: unknown[]) => never>;

it.each<[string, (optimizer: tf.Optimizer) => unknown, string]>([
  ['agc()', () => agc!(), 'agc: `optimizer` must be a tf.Optimizer'],
  ['agc(0.1)', () => agc!(0.1), 'agc: `optimizer` must be a tf.Optimizer'],
  ['agc({})', () => agc!({ learningRate: 1 }), 'agc: `optimizer` must be a tf.Optimizer'],
  [
    'agc(optimizer, 0.1)',
    (optimizer) => agc!(optimizer, 0.1),
    'options must be an object like { clipFactor, eps }, got 0.1.',
  ],
  [
    'clip_factor',
    (optimizer) => agc!(optimizer, { clip_factor: 0.1 }),
    'agc: no option `clip_factor`; did you mean `clipFactor`? It has clipFactor, eps, exclude, axes, unit, form.',
  ],
  [
    'optax',
    () => adaptiveGradClip!({ clipping: 0.1 }),
    'adaptiveGradClip: no option `clipping`. It is `clipFactor` here.',
  ],
  ['timm', () => adaptiveGradClip!({ norm_type: 2 }), 'no option `norm_type`. The norm is the Euclidean one.'],
  [
    'null',
    () => adaptiveGradClip!(null),
    'adaptiveGradClip: options must be an object like { clipFactor, eps }, got null.',
  ],
  ['clipMeter(1)', () => clipMeter!(1), 'clipMeter: options must be an object like { clipFactor, eps }, got 1.'],
  [
    'clipMeter()()',
    () => (clipMeter!() as () => unknown)(),
    'clipMeter: `gradients` must be an array of { param, grad }',
  ],
  [
    'addDecayedWeights()',
    () => addDecayedWeights!(),
    'addDecayedWeights: options must be an object like { weightDecay',
  ],
  [
    'mask',
    () => addDecayedWeights!({ weightDecay: 1, mask: 1 }),
    'no option `mask`. Name the layers and weights without',
  ],
  [
    'clipByBlockRms(1)',
    () => clipByBlockRms!(1),
    'clipByBlockRms: options must be an object like { threshold }, got 1.',
  ],
  ['clipByBlockRms 0', () => clipByBlockRms!({ threshold: 0 }), '`threshold` must be a finite number > 0, got 0.'],
  ['maxNorm', () => clipByBlockRms!({ maxNorm: 1 }), 'no option `maxNorm`. It is `threshold` here'],
  [
    'clipByGlobalNorm()',
    () => clipByGlobalNorm!(),
    'clipByGlobalNorm: options must be an object like { maxNorm }, got u',
  ],
  [
    'clipByGlobalNorm(1)',
    () => clipByGlobalNorm!(1),
    'clipByGlobalNorm: options must be an object like { maxNorm }, got 1.',
  ],
  [
    'max_norm',
    () => clipByGlobalNorm!({ max_norm: 1 }),
    'no option `max_norm`; did you mean `maxNorm`? It has maxNorm.',
  ],
  ['clipByValue()', () => clipByValue!(), 'clipByValue: options must be an object like { maxValue }, got undefined.'],
  ['clipByValue(.5)', () => clipByValue!(0.5), 'clipByValue: options must be an object like { maxValue }, got 0.5.'],
  ['unitwiseNorm()', () => unitwiseNorm!(), 'unitwiseNorm: `x` must be a tf.Tensor, got undefined.'],
  ['unitwiseNorm(2)', () => unitwiseNorm!(2), 'unitwiseNorm: `x` must be a tf.Tensor, got 2.'],
  [
    'unitwiseNorm(x, 0)',
    () => tf.tidy(() => unitwiseNorm!(tf.zeros([2, 2]), 0)),
    '`axes` must be an array of integers such as',
  ],
  ['withTransforms()', () => withTransforms!(), 'withTransforms: `optimizer` must be a tf.Optimizer'],
  [
    'a list of transforms',
    (optimizer) => withTransforms!(optimizer, [clipByValue!({ maxValue: 1 })]),
    'Pass them one by one: withTransforms(optimizer, ...transforms).',
  ],
])('%s says what it takes', (_, call, message) => {
  const optimizer = tf.train.sgd(1);
  expect(() => tf.tidy(() => call(optimizer) as never)).toThrow(message);
  disposeOptimizer(optimizer);
});
