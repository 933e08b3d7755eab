import { fnv1a, mulberry32 } from '@nfnets/testing';
import { expect, it } from 'vitest';
import { imageNamed } from './__fixtures__/images.js';
import { type AugmentSpec, mixPair, sampleTransform } from './index.js';

const photo = imageNamed('photo', 90, 120, 3);
const digest = (data: Uint8Array) => fnv1a(String.fromCharCode(...data));

/** Ten results, each from its own seed, as one number. */
function digestOf(spec: AugmentSpec): number {
  const transform = sampleTransform([{ op: 'randomResizedCrop', size: 48 }, ...spec]);
  const digests = Array.from({ length: 10 }, (_, seed) => digest(transform(photo, mulberry32(seed)).data));
  return fnv1a(digests.join());
}

// Recorded on Node 20, and found again on 22 and 24. A change here changes what a seed means: say so in a changeset.
it.each<[string, AugmentSpec, number]>([
  ['crop and flip', [{ op: 'horizontalFlip' }], 76539073],
  ['pad and crop', [{ op: 'padAndCrop', padding: 6 }], 1513053173],
  ['randAugment', [{ op: 'randAugment', magnitude: 9, layers: 4 }], 1727022531],
  ['autoAugment', [{ op: 'autoAugment' }], 11793716],
  ['timmRandAugment', [{ op: 'timmRandAugment', config: 'rand-m9-n4-p1-mstd0.5-inc1' }], 1434796967],
  ['cutout', [{ op: 'cutout', size: 16 }], 3477832182],
  ['randomErasing', [{ op: 'randomErasing', probability: 1, mode: 'pixel' }], 4238995427],
])('gives the same bytes for the same seed on every engine: %s', (_, spec, expected) => {
  expect(digestOf(spec)).toBe(expected);
});

it.each([
  ['mixup', 534488764],
  ['cutmix', 2450543916],
] as const)('gives the same bytes for the same seed on every engine: %s', (kind, expected) => {
  const other = imageNamed('other', 90, 120, 3);
  expect(digest(mixPair(photo, other, kind, mulberry32(7)).image.data)).toBe(expected);
});
