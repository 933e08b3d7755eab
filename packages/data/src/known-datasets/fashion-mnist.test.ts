import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../__fixtures__/temp-folder.js';
import { arrayDataset } from '../index.js';
import { fashionMnist } from '../node.js';

const isInstalled = existsSync('/usr/share/datasets/fashion-mnist');

describe.skipIf(!isInstalled)('Fashion-MNIST (needs apt-get install dataset-fashion-mnist)', () => {
  it('has 60,000 images for training, 6,000 of a class, with the mean and deviation it says', () => {
    const args = fashionMnist({ part: 'train' });
    const dataset = arrayDataset(args);
    expect([dataset.length, dataset.imageShape, dataset.numClasses]).toEqual([60_000, [28, 28, 1], 10]);
    const perClass = Array<number>(10).fill(0);
    for (let i = 0; i < dataset.length; i++) perClass[dataset.label(i)]!++;
    expect(perClass).toEqual(Array(10).fill(6000));
    let [sum, squares] = [0, 0];
    for (const byte of args.images) {
      sum += byte;
      squares += byte * byte;
    }
    const mean = sum / args.images.length;
    const std = Math.sqrt(squares / args.images.length - mean ** 2);
    expect(dataset.normalization.mean).toBeCloseTo(mean, 4);
    expect(dataset.normalization.std).toBeCloseTo(std, 4);
  });

  it('has the labels and the first image of the published files', () => {
    const dataset = arrayDataset(fashionMnist({ part: 'train' }));
    expect(Array.from({ length: 10 }, (_, i) => dataset.label(i))).toEqual([9, 0, 0, 3, 0, 2, 7, 2, 5, 5]);
    expect(dataset.classNames[dataset.label(0)]).toBe('Ankle boot');
    expect([...dataset.image(0)].reduce((sum, byte) => sum + byte)).toBe(76_247);
  });

  it('has 10,000 others for testing', () => {
    const dataset = arrayDataset(fashionMnist({ part: 'test' }));
    expect(dataset.length).toBe(10_000);
  });
});

it('says what to install', () => {
  const folder = tempFolder();
  expect(() => fashionMnist({ part: 'test', folder })).toThrow(
    `fashionMnist: ${folder}/t10k-images-idx3-ubyte, or the same with .gz, must be there. On Debian: apt-get install dataset-fashion-mnist`,
  );
  expect(() => fashionMnist({ part: 'valid' as 'test' })).toThrow(
    "`part` must be one of 'train', 'test', got \"valid\".",
  );
});
