import { expect, it } from 'vitest';
import { namesLayer, namesWeight, parseWeightName } from './weight-name.js';

it('splits a name at its last slash and at the number tf appended', () => {
  expect(parseWeightName('fc/kernel')).toEqual({ layer: 'fc', weight: 'kernel', suffix: '' });
  expect(parseWeightName('fc/kernel_12')).toEqual({ layer: 'fc', weight: 'kernel', suffix: '_12' });
  expect(parseWeightName('stage1/block_2/depthwise_kernel_1')).toEqual({
    layer: 'stage1/block_2',
    weight: 'depthwise_kernel',
    suffix: '_1',
  });
  expect(parseWeightName('w_1')).toEqual({ layer: '', weight: 'w_1', suffix: '' });
});

it.each([
  { entry: 'head', name: 'head/kernel', layer: true, weight: false },
  { entry: 'head', name: 'head/kernel_1', layer: true, weight: false },
  { entry: 'head', name: 'head2/kernel', layer: false, weight: false },
  { entry: 'head', name: 'head/se/kernel', layer: false, weight: false },
  { entry: 'head/se', name: 'head/se/kernel_3', layer: true, weight: false },
  { entry: 'head/kernel', name: 'head/kernel', layer: false, weight: true },
  { entry: 'head/kernel', name: 'head/kernel_2', layer: false, weight: true },
  { entry: 'head/kernel', name: 'head/bias', layer: false, weight: false },
  { entry: 'w', name: 'w', layer: false, weight: true },
  { entry: 'w', name: 'w_1', layer: false, weight: false },
])('$entry and $name: layer $layer, weight $weight', ({ entry, name, layer, weight }) => {
  expect(namesLayer(entry, name)).toBe(layer);
  expect(namesWeight(entry, name)).toBe(weight);
});
