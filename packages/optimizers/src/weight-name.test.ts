import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { assertEntriesExist, matchName } from './weight-name.js';

it.each([
  { entry: 'head', name: 'head/kernel', match: 1 },
  { entry: 'head', name: 'head/kernel_1', match: 1 },
  { entry: 'head', name: 'head2/kernel', match: 0 },
  { entry: 'head', name: 'head/se/kernel', match: 0 },
  { entry: 'head/se', name: 'head/se/kernel_3', match: 1 },
  { entry: 'head/kernel', name: 'head/kernel', match: 2 },
  { entry: 'head/kernel', name: 'head/kernel_2', match: 2 },
  { entry: 'head/kernel', name: 'head/bias', match: 0 },
  { entry: 'w', name: 'w', match: 2 },
  { entry: 'w', name: 'w_1', match: 0 },
])('$entry fits $name by $match', ({ entry, name, match }) => {
  expect(matchName(entry, name)).toBe(match);
});

it('refuses an entry that names nothing, and tells what there is', () => {
  const variables = ['fc/kernel', 'fc/bias', 'w'].map((name) => tf.tidy(() => tf.variable(tf.scalar(0), true, name)));
  expect(() => assertEntriesExist('sgd', 'rateFactors', ['fc', 'w', 'fc/bias'], variables)).not.toThrow();
  expect(() => assertEntriesExist('sgd', 'rateFactors', ['fb'], variables)).toThrow(
    "sgd: `rateFactors` must name layers ('head') or weights of layers ('head/kernel'), got 'fb', which is neither. " +
      "The layers with gradients are 'fc', 'w'.",
  );
  tf.dispose(variables);
});
