import { mulberry32 } from '@nfnets/testing';
import { describe, expect, it } from 'vitest';
import { imageNamed } from '../__fixtures__/images.js';
import { type AugmentSpec, horizontalFlip, padAndCrop, sampleTransform } from '../index.js';

const image = imageNamed('pipeline', 8, 6, 3);

it('runs the steps in order, on one stream', () => {
  const random = mulberry32(4);
  const expected = horizontalFlip()(padAndCrop({ padding: 2 })(image, random), random);
  const transform = sampleTransform([{ op: 'padAndCrop', padding: 2 }, { op: 'horizontalFlip' }]);
  expect(transform(image, mulberry32(4))).toEqual(expected);
});

it('takes a description that went through JSON', () => {
  const spec: AugmentSpec = [{ op: 'padAndCrop', padding: 2, fill: [1, 2, 3] }];
  const copy = JSON.parse(JSON.stringify(spec)) as AugmentSpec;
  expect(sampleTransform(copy)(image, mulberry32(1))).toEqual(sampleTransform(spec)(image, mulberry32(1)));
});

it('is the identity without steps', () => {
  expect(sampleTransform([])(image, Math.random)).toBe(image);
});

it.each<[string, AugmentSpec]>([
  [
    'randAugment',
    [{ op: 'padAndCrop', padding: 2 }, { op: 'horizontalFlip' }, { op: 'randAugment', magnitude: 9, layers: 4 }],
  ],
  ['autoAugment', [{ op: 'horizontalFlip' }, { op: 'autoAugment' }, { op: 'cutout', size: 3 }]],
  [
    'timmRandAugment',
    [
      { op: 'centreCrop', size: 6 },
      { op: 'timmRandAugment', config: 'rand-m9-n4-p1-mstd0.5' },
    ],
  ],
  [
    'crops',
    [
      { op: 'resize', size: 7 },
      { op: 'randomResizedCrop', size: 6 },
      { op: 'randomErasing', probability: 1 },
    ],
  ],
])('uses memory again only where nobody else has it: %s', (_, spec) => {
  const transform = sampleTransform(spec);
  const input = image.data.slice();
  const seeds = Array.from({ length: 60 }, (_, seed) => seed);
  const made = seeds.map((seed) => transform(image, mulberry32(seed)).data);
  const atOnce = seeds.map((seed) => transform(image, mulberry32(seed)).data.slice());
  // Later images have not changed earlier ones, nor what they were made of; nor does what was in the memory matter.
  expect(made).toEqual(atOnce);
  expect(image.data).toEqual(input);
});

describe('errors', () => {
  const made = (spec: unknown) => () => sampleTransform(spec as AugmentSpec);

  it('name the step, the option, the rule and the value', () => {
    expect(made([{ op: 'horizontalFlip', probability: 2 }])).toThrow(
      'sampleTransform: `spec[0]`: horizontalFlip: `probability` must be a number in [0, 1], got 2.',
    );
    expect(made([{ op: 'padAndCrop', pad: 2 }])).toThrow(
      'padAndCrop: no option `pad`; did you mean `padding`? It has padding, size, fill.',
    );
    expect(made([{ op: 'padAndCrop', fill: [1, 2] }])).toThrow(
      '`fill` must be a level of 0..255, or [red, green, blue] of them, got [1,2].',
    );
    expect(made([{ op: 'horizontalFlip', probability: Number.NaN }])).toThrow('got NaN');
  });

  it('name what a step can be', () => {
    expect(made([{ op: 'horizontalFlip' }, { op: 'flip' }])).toThrow(
      /`spec\[1\]\.op` must be one of .*horizontalFlip.*, got "flip"/,
    );
    expect(made([{ op: 'toString' }])).toThrow('got "toString"');
    expect(made([null])).toThrow('got undefined');
    expect(made('rand-m9')).toThrow('`spec` must be an array of steps, got "rand-m9"');
  });

  it('name what an image must be', () => {
    const transform = sampleTransform([]);
    expect(() => transform({ ...image, channels: 4 }, Math.random)).toThrow('`image.channels` must be 1 or 3, got 4');
    expect(() => transform({ ...image, height: 9 }, Math.random)).toThrow('must have 9 x 6 x 3 = 162 values, got 144');
    expect(() => transform({ ...image, width: 0 }, Math.random)).toThrow('whole sides from 1, got 8 x 0');
  });
});
