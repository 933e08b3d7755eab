import { expectTensorClose, mulberry32 } from '@nfnets/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomOf } from '../__fixtures__/images.js';
import {
  type LabelledBatch,
  type MixSpec,
  mixBatch,
  mixFlipped,
  parseAugmentName,
  planMix,
  sampleTransform,
} from '../index.js';

const BOTH: MixSpec = { kinds: ['mixup', 'cutmix'], alpha: 0.2 };

/** Images of `count` flat levels 1, 10, 100, ... with one-hot labels. */
function batchOf(count: number, height = 4, width = 4, channels = 1): LabelledBatch {
  const size = height * width * channels;
  return {
    images: Float32Array.from({ length: count * size }, (_, i) => 10 ** Math.floor(i / size)),
    shape: [count, height, width, channels],
    labels: Float32Array.from({ length: count * count }, (_, i) => (i % (count + 1) === 0 ? 1 : 0)),
  };
}

describe('parseAugmentName', () => {
  it('reads the paper’s names', () => {
    expect(parseAugmentName('cutmix_mixup_randaugment_405')).toEqual({
      mix: { kinds: ['mixup', 'cutmix'], alpha: 0.2 },
      transforms: [{ op: 'randAugment', magnitude: 5, layers: 4 }],
    });
    const step = (name: string) => parseAugmentName(name).transforms[0];
    expect(step('cutmix_mixup_randaugment_415')).toEqual({ op: 'randAugment', magnitude: 15, layers: 4 });
    expect(step('randaugment_9')).toEqual({ op: 'randAugment', magnitude: 9, layers: 2 });
    expect(step('randaugment_101')).toEqual({ op: 'randAugment', magnitude: 1, layers: 1 });
    expect(parseAugmentName('mixup_0.4')).toEqual({ mix: { kinds: ['mixup'], alpha: 0.4 }, transforms: [] });
    expect(parseAugmentName('mixup_1_cutmix')).toEqual({
      mix: { kinds: ['mixup', 'cutmix'], alpha: 1 },
      transforms: [],
    });
    expect(parseAugmentName('cutmix_autoaugment')).toEqual({
      mix: { kinds: ['cutmix'], alpha: 0.2 },
      transforms: [{ op: 'autoAugment' }],
    });
    expect(parseAugmentName('randaugment_5')).not.toHaveProperty('mix');
  });

  it('gives a pipeline that runs', () => {
    const image = { data: new Uint8Array(12).fill(90), height: 2, width: 2, channels: 3 };
    const { transforms } = parseAugmentName('cutmix_mixup_randaugment_405');
    expect(sampleTransform(transforms)(image, mulberry32(1)).data).toHaveLength(12);
  });

  it.each([
    ['mixup_cutout', 'be made of mixup, cutmix, randaugment_405, autoaugment'],
    ['', 'be made of'],
    ['randaugment', 'have a whole number after randaugment'],
    ['randaugment_99', 'of a magnitude up to 30'],
    ['randaugment_4.5', 'have a whole number after randaugment'],
    ['mixup_mixup', 'name nothing twice'],
    ['autoaugment_randaugment_5', 'name nothing twice'],
    ['mixup_0', 'have an alpha > 0 after mixup'],
    ['0.4', 'be made of'],
  ])('refuses %j', (name, rule) => {
    expect(() => parseAugmentName(name)).toThrow(`got ${JSON.stringify(name)}`);
    expect(() => parseAugmentName(name)).toThrow(rule);
  });
});

describe('planMix', () => {
  it('makes quarters into halves: mixup of the first two, CutMix of the others', () => {
    expect(planMix(BOTH, 4)).toEqual([
      { kind: 'mixup', first: 0, second: 2 },
      { kind: 'mixup', first: 1, second: 3 },
      { kind: 'cutmix', first: 4, second: 6 },
      { kind: 'cutmix', first: 5, second: 7 },
    ]);
    expect(planMix({ kinds: ['cutmix'] }, 2)).toEqual([
      { kind: 'cutmix', first: 0, second: 2 },
      { kind: 'cutmix', first: 1, second: 3 },
    ]);
  });

  it('uses every image once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 }), fc.boolean(), (outputs, both) => {
        const plan = planMix(both ? BOTH : { kinds: ['mixup'] }, outputs);
        const used = plan.flatMap(({ first, second }) => [first, second]).sort((a, b) => a - b);
        expect(used).toEqual([...Array(2 * outputs).keys()]);
        if (both) expect(plan.filter(({ kind }) => kind === 'mixup')).toHaveLength(Math.floor(outputs / 2));
      }),
    );
  });

  it('says what it needs', () => {
    expect(() => planMix({ kinds: [] }, 2)).toThrow('planMix: `kinds` must be one or two of mixup, cutmix, got [].');
    expect(() => planMix(BOTH, 1.5)).toThrow('`outputs` must be a whole number from 0, got 1.5.');
  });
});

describe('mixBatch', () => {
  it('mixes images and labels by one ratio', () => {
    // Beta(1, 1) of draws 0.7 and 0.5: 0.3 / (0.3 + 0.5) = 0.375. CutMix: row 2, column 0, keep 0.25: an area of 2 / 16.
    const mixed = mixBatch(batchOf(4), { kinds: ['mixup', 'cutmix'], alpha: 1 }, randomOf(0.7, 0.5, 0.5, 0.1, 0.25));
    expect(mixed.shape).toEqual([2, 4, 4, 1]);
    expectTensorClose(mixed.labels, [0.375, 0.625, 0, 0, 0, 0, 0.125, 0.875]);
    expectTensorClose(mixed.images.subarray(0, 16), Array(16).fill(0.375 * 1 + 0.625 * 10));
    const pasted = [...mixed.images.subarray(16)].flatMap((value, i) => (value === 100 ? [i] : []));
    expect(pasted).toEqual([4, 8]);
    expect(mixed.images.subarray(16).filter((value) => value === 1000)).toHaveLength(14);
  });

  it('keeps the labels’ sum, and weighs them as the pixels are', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 4 }), (seed, outputs) => {
        const batch = batchOf(2 * outputs, 5, 7, 3);
        const mixed = mixBatch(batch, BOTH, mulberry32(seed));
        for (let i = 0; i < outputs; i++) {
          const label = mixed.labels.subarray(i * 2 * outputs, (i + 1) * 2 * outputs);
          expect(label.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
          const mean = mixed.images.subarray(i * 105, (i + 1) * 105).reduce((a, b) => a + b) / 105;
          const expected = label.reduce((sum, weight, j) => sum + weight * 10 ** j, 0);
          expect(Math.abs(mean / expected - 1)).toBeLessThan(1e-5);
        }
      }),
    );
  });

  it('leaves the last of an odd number as it is, behind the others', () => {
    for (const count of [1, 3, 5]) {
      const batch = batchOf(count, 5, 7, 3);
      const mixed = mixBatch(batch, BOTH, mulberry32(count));
      const pairs = (count - 1) / 2;
      expect(mixed.shape).toEqual([pairs + 1, 5, 7, 3]);
      expect(mixed.images.subarray(pairs * 105)).toEqual(batch.images.subarray((count - 1) * 105));
      expect(mixed.labels.subarray(pairs * count)).toEqual(batch.labels.subarray((count - 1) * count));
      if (count === 1) continue;
      const even = {
        images: batch.images.subarray(0, (count - 1) * 105),
        shape: [count - 1, 5, 7, 3] as const,
        labels: batch.labels.subarray(0, (count - 1) * count),
      };
      const expected = mixBatch(even, BOTH, mulberry32(count));
      expect(mixed.images.subarray(0, pairs * 105)).toEqual(expected.images);
      expect(mixed.labels.subarray(0, pairs * count)).toEqual(expected.labels);
    }
  });

  it('says what does not fit', () => {
    expect(() => mixBatch({ ...batchOf(2), shape: [2, 4, 5, 1] }, BOTH, Math.random)).toThrow(
      '`images` must have as many values as `shape` says, [batch, height, width, channels]; got 32 for [2,4,5,1]',
    );
    expect(() => mixBatch({ ...batchOf(2), labels: new Float32Array(3) }, BOTH, Math.random)).toThrow(
      '`labels` must be [batch, classes] for a batch of 2, got 3 values',
    );
  });
});

describe('mixFlipped', () => {
  it('mixes a batch with itself in reverse, by one ratio', () => {
    // Draws: mixed at all, then Beta(1, 1) = 0.3 / (0.3 + 0.5) = 0.375.
    const mixed = mixFlipped(batchOf(2), randomOf(0, 0.7, 0.5));
    expectTensorClose(mixed.labels, [0.375, 0.625, 0.625, 0.375]);
    expectTensorClose(mixed.images.subarray(0, 16), Array(16).fill(0.375 + 6.25));
    expectTensorClose(mixed.images.subarray(16), Array(16).fill(3.75 + 0.625));
  });

  it('pastes a box of the other image, and weighs by what is left of the own', () => {
    // lambda 0.375: side floor(4 * sqrt(0.625)) = 3 around row 2, column 0: rows 1..3, columns 0..1, 6 of 16 pixels.
    const mixed = mixFlipped(batchOf(2), randomOf(0, 0.7, 0.5, 0.5, 0.1), { mixupAlpha: 0, cutmixAlpha: 1 });
    expectTensorClose(mixed.labels, [0.625, 0.375, 0.375, 0.625]);
    const other = [...mixed.images.subarray(0, 16)].flatMap((value, i) => (value === 10 ? [i] : []));
    expect(other).toEqual([4, 5, 8, 9, 12, 13]);
  });

  it('draws for every image, or every pair', () => {
    const elem = mixFlipped(batchOf(2), randomOf(0, 0.7, 0.5, 0.5), { mode: 'elem', probability: 0.5 });
    expectTensorClose(elem.labels, [0.375, 0.625, 0, 1]);
    expectTensorClose(elem.images.subarray(16), Array(16).fill(10));
    const pair = mixFlipped(batchOf(4), randomOf(0, 0.7, 0.5, 0.5), { mode: 'pair', probability: 0.5 });
    expectTensorClose(pair.labels, [0.375, 0, 0, 0.625, 0, 1, 0, 0, 0, 0, 1, 0, 0.625, 0, 0, 0.375]);
  });

  it('switches between the kinds where both are on', () => {
    const options = { mixupAlpha: 1, cutmixAlpha: 1, switchProbability: 0.3 };
    const isCut = ({ images }: LabelledBatch) => [...images].every((value) => value === 1 || value === 10);
    expect(isCut(mixFlipped(batchOf(2), randomOf(0, 0.29, 0.7, 0.5, 0.5, 0.1), options))).toBe(true);
    expect(isCut(mixFlipped(batchOf(2), randomOf(0, 0.3, 0.7, 0.5), options))).toBe(false);
  });

  it('weighs labels as the pixels are, in every mode', () => {
    const mode = fc.constantFrom('batch' as const, 'pair' as const, 'elem' as const);
    fc.assert(
      fc.property(fc.integer(), mode, fc.constantFrom(2, 4), (seed, mode, count) => {
        const batch = batchOf(count, 5, 7, 3);
        const mixed = mixFlipped(batch, mulberry32(seed), { mode, cutmixAlpha: 1 });
        for (let i = 0; i < count; i++) {
          const mean = mixed.images.subarray(i * 105, (i + 1) * 105).reduce((a, b) => a + b) / 105;
          const label = mixed.labels.subarray(i * count, (i + 1) * count);
          const expected = label.reduce((sum, weight, j) => sum + weight * 10 ** j, 0);
          expect(Math.abs(mean / expected - 1)).toBeLessThan(1e-5);
        }
        expect(batch).toEqual(batchOf(count, 5, 7, 3));
      }),
    );
  });

  it.each(['batch', 'pair', 'elem'] as const)('leaves the middle one of an odd number as it is: %s', (mode) => {
    for (const count of [1, 3, 5]) {
      const batch = batchOf(count, 5, 7, 3);
      for (const options of [{}, { mixupAlpha: 0, cutmixAlpha: 1 }]) {
        const mixed = mixFlipped(batch, mulberry32(count), { ...options, mode });
        const middle = (count - 1) / 2;
        const part = (values: Float32Array, size: number, i: number) => values.subarray(i * size, (i + 1) * size);
        expect(part(mixed.images, 105, middle)).toEqual(part(batch.images, 105, middle));
        expect(part(mixed.labels, count, middle)).toEqual(part(batch.labels, count, middle));
        for (let i = 0; i < count; i++) {
          const label = part(mixed.labels, count, i);
          expect(label.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
          expect(label[i]! + (i === middle ? 0 : label[count - 1 - i]!)).toBeCloseTo(1, 5);
        }
        if (mode === 'elem' || count === 1) continue;
        expect(mixed.labels[0]).toBeCloseTo(mixed.labels.at(-1)!, 6);
      }
    }
  });

  it('draws for an even batch as without its middle one', () => {
    const random = mulberry32(9);
    mixFlipped(batchOf(5), random, { mode: 'pair' });
    const again = mulberry32(9);
    mixFlipped(batchOf(4), again, { mode: 'pair' });
    expect(random()).toBe(again());
  });

  it('says what does not fit', () => {
    expect(() => mixFlipped(batchOf(2), Math.random, { mixupAlpha: 0 })).toThrow('must be > 0, got 0 and 0');
    expect(() => mixFlipped(batchOf(2), Math.random, { mixupAlpha: -1 })).toThrow('`mixupAlpha` must be >= 0, got -1');
  });
});
