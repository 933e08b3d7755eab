import { expect, it } from 'vitest';
import * as api from './index.js';
import * as node from './node.js';

it('exports these names and no others', () => {
  expect(Object.keys(api).sort()).toEqual(['arrayDataset', 'deriveSeed', 'partOfBatch', 'randomPart', 'split']);
  expect(Object.keys(node).sort()).toEqual([
    'cifar10',
    'cifar100',
    'fashionMnist',
    'idxDataset',
    'imageFolder',
    'imageLoader',
    'mnistDigits',
    'parquetImages',
    'readIdx',
    'tarShards',
  ]);
});
