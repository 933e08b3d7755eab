import { mulberry32 } from '@nfnets/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imageNamed, randomOf } from '../__fixtures__/images.js';
import { reference } from '../__fixtures__/reference.js';
import {
  AUTHORS_STYLE,
  augmentOp,
  autoAugment,
  OP_NAMES,
  type OpName,
  PILLOW_STYLE,
  type RandAugmentOptions,
  randAugment,
  type SampleTransform,
  timmRandAugment,
} from '../index.js';
import { opArgument } from '../ops/op-arguments.js';
import { AUTO_AUGMENT_V0 } from './auto-augment-policy.js';
import { parseTimmConfig } from './timm-config.js';
import { timmArgument } from './timm-rand-augment.js';

const image = imageNamed('policy', 20, 24, 3);
const scales = { translate: { pixels: 100 }, cutout: 40 };
const argumentsAt = (magnitude: number) =>
  Object.fromEntries(OP_NAMES.map((name) => [name, opArgument(name, magnitude, image, scales, () => 0.9)]));
/** A number that makes `drawBelow(count)` give `index`. */
const picking = (index: number, count: number) => (index + 0.5) / count;

describe('randAugment', () => {
  it.each([
    [5, 15, 2, 128, 55, 1, 0.15, 50, 20],
    [10, 30, 4, 256, 110, 1.9, 0.3, 100, 40],
    [15, 45, 6, 384, 165, 2.8, 0.45, 150, 60],
  ])(
    'has the published arguments at magnitude %d',
    (magnitude, degrees, bits, threshold, add, factor, shear, shift, pad) => {
      const rows = {
        ...{ AutoContrast: 0, Equalize: 0, Invert: 0, Rotate: degrees, Posterize: bits, Solarize: threshold },
        ...{ Color: factor, Contrast: factor, Brightness: factor, Sharpness: factor, ShearX: shear, ShearY: shear },
        ...{ TranslateX: shift, TranslateY: shift, Cutout: pad, SolarizeAdd: add },
      };
      const got = argumentsAt(magnitude);
      for (const [name, value] of Object.entries(rows)) expect(got[name], name).toBeCloseTo(value, 12);
      expect(Object.keys(got)).toEqual(Object.keys(rows));
    },
  );

  it('gives a sign to what has one: below a half it is negative', () => {
    const signed = OP_NAMES.filter((name) => opArgument(name, 5, image, scales, () => 0.49) < 0);
    expect(signed).toEqual(['Rotate', 'ShearX', 'ShearY', 'TranslateX', 'TranslateY']);
  });

  it('applies every layer, as drawn', () => {
    const transform = randAugment({ magnitude: 5, layers: 2 });
    const random = randomOf(picking(OP_NAMES.indexOf('Rotate'), 16), 0.2, picking(OP_NAMES.indexOf('Invert'), 16));
    const rotated = augmentOp(image, 'Rotate', -15, AUTHORS_STYLE, Math.random);
    expect(transform(image, random)).toEqual(augmentOp(rotated, 'Invert', 0, AUTHORS_STYLE, Math.random));
  });

  it('gives each of the 16 operations a sixteenth of the draws', () => {
    for (const [i, name] of OP_NAMES.entries()) {
      for (const draw of [i / 16, (i + 0.999) / 16]) {
        const stream = [draw, 0.9, 0.1];
        const result = randAugment({ magnitude: 8, layers: 1 })(image, () => stream.shift()!);
        const argument = argumentsAt(8)[name]!;
        expect(result, name).toEqual(augmentOp(image, name, argument, AUTHORS_STYLE, randomOf(0.9, 0.1)));
      }
    }
  });

  it('takes the quirks that are asked for', () => {
    const only = (name: OpName, options: Partial<RandAugmentOptions>) =>
      randAugment({ magnitude: 10, layers: 1, ops: [name], ...options })(image, () => 0.9);
    const op = (name: OpName, argument: number, style = {}) =>
      augmentOp(image, name, argument, { ...AUTHORS_STYLE, ...style }, Math.random);
    expect(only('Contrast', { contrastGrey: 'mean' })).toEqual(op('Contrast', 1.9, { contrastGrey: 'mean' }));
    expect(only('Solarize', {})).toEqual(op('Invert', 0));
    expect(only('Solarize', { solarizeOverflow: 'keep' })).toEqual(image);
    expect(only('Equalize', { equalizeTable: 'textbook' })).toEqual(op('Equalize', 0, { equalizeTable: 'textbook' }));
    expect(only('Color', { blendRounding: 'round' })).toEqual(op('Color', 1.9, { blendRounding: 'round' }));
    expect(only('TranslateX', { translate: 'share', fill: 3 })).toEqual(op('TranslateX', 0.45 * 24, { fill: 3 }));
    expect(only('TranslateX', {}).data.every((level) => level === 128)).toBe(true);
  });

  it('says what it needs', () => {
    expect(() => randAugment({} as RandAugmentOptions)).toThrow(
      'randAugment: `magnitude` must be a number in [0, 30], got undefined',
    );
    expect(() => randAugment({ magnitude: 5, ops: ['Blur' as OpName] })).toThrow(
      /`ops` must be a list of AutoContrast, .*, got \["Blur"\]/,
    );
  });
});

describe('autoAugment', () => {
  it('has 25 sub-policies, of chances and magnitudes', () => {
    expect(AUTO_AUGMENT_V0).toHaveLength(25);
    for (const [name, probability, magnitude] of AUTO_AUGMENT_V0.flat()) {
      expect(OP_NAMES).toContain(name);
      expect(probability >= 0 && probability <= 1 && magnitude >= 0 && magnitude <= 10).toBe(true);
    }
  });

  it('applies the operations of one sub-policy, each by its chance', () => {
    // Sub-policy 7: ShearX by 0.2 at 9, Rotate by 0.6 at 8, to 0.27 and 24 degrees.
    const shear = augmentOp(image, 'ShearX', 0.3 * 0.9, AUTHORS_STYLE, Math.random);
    const both = augmentOp(shear, 'Rotate', -24, AUTHORS_STYLE, Math.random);
    expect(autoAugment()(image, randomOf(picking(7, 25), 0.19, 0.6, 0.59, 0.3))).toEqual(both);
    expect(autoAugment()(image, randomOf(picking(7, 25), 0.2, 0.6))).toBe(image);
  });

  it('translates by 250 pixels at magnitude 10', () => {
    // Sub-policy 15: Rotate by 1 at 7, TranslateY by 0.8 at 9: 225 pixels, and of an image of 20 nothing is left.
    const { data } = autoAugment({ fill: 5 })(image, randomOf(picking(15, 25), 0.5, 0.9, 0.5, 0.9));
    expect(data.every((level) => level === 5)).toBe(true);
  });
});

describe('timmRandAugment', () => {
  const names = OP_NAMES.filter((name) => name !== 'Cutout');
  const order = ['AutoContrast', 'Equalize', 'Invert', 'Rotate', 'Posterize', 'Solarize', 'SolarizeAdd', 'Color'];
  const timmOrder = [...order, ...names.filter((name) => !order.includes(name))] as Exclude<OpName, 'Cutout'>[];
  /** So that Translate's argument is the share. */
  const unit = { ...image, height: 1, width: 1 };

  it.each(reference.timm)('has timm’s arguments at magnitude $magnitude, increasing: $increasing', (row) => {
    for (const [i, name] of timmOrder.entries()) {
      // timm's generator gave 0.25 throughout.
      const argument = timmArgument(name, row.magnitude, row.increasing, unit, () => 0.25);
      expect(argument, name).toBeCloseTo(row.arguments[i]!, 12);
    }
  });

  it('reads its notation', () => {
    expect(parseTimmConfig('rand-m9-n3-mstd0.5-inc1')).toEqual({
      magnitude: 9,
      layers: 3,
      probability: 0.5,
      magnitudeDeviation: 0.5,
      maxMagnitude: 10,
      increasing: true,
    });
    const defaults = { magnitude: 10, layers: 2, probability: 0.5, magnitudeDeviation: 0, maxMagnitude: 10 };
    expect(parseTimmConfig('rand')).toEqual({ ...defaults, increasing: false });
    expect(parseTimmConfig('rand-p1-mmax20-inc0-mstd101')).toEqual({
      ...defaults,
      probability: 1,
      maxMagnitude: 20,
      magnitudeDeviation: Number.POSITIVE_INFINITY,
      increasing: false,
    });
  });

  it.each([
    'rand-x3',
    'rand-m',
    'rand-m9-m8',
    'rand-n2.5',
    'rand-p2',
    'rand-inc2',
    'rand-',
    'augmix-m3',
    'rand-tweights',
  ])('refuses %s', (config) => {
    expect(() => timmRandAugment({ config })).toThrow(/timmRandAugment: `config` must .*, got /);
  });

  it('draws the operations, then for each whether, its sign and its sampling', () => {
    const transform = timmRandAugment({ config: 'rand-m9' });
    const picks = [picking(timmOrder.indexOf('Rotate'), 15), picking(timmOrder.indexOf('Invert'), 15)];
    const style = { ...PILLOW_STYLE, sampling: 'bilinear' as const };
    const rotated = augmentOp(image, 'Rotate', -27, style, Math.random);
    expect(transform(image, randomOf(...picks, 0.4, 0.9, 0.2, 0.6))).toEqual(rotated);
    expect(transform(image, randomOf(...picks, 0.6, 0.6))).toBe(image);
  });

  it('spreads magnitudes, within its bounds', () => {
    const posterize = (config: string, ...draws: number[]) =>
      timmRandAugment({ config })(image, randomOf(picking(timmOrder.indexOf('Posterize'), 15), ...draws));
    const kept = (bits: number) => augmentOp(image, 'Posterize', bits, PILLOW_STYLE, Math.random);
    // Uniform: half of 10 is 5, of 4 bits 2.
    expect(posterize('rand-m10-n1-p1-mstd101', 0.5)).toEqual(kept(2));
    // Normal: x = 0.5, y = 0: 0.5 sqrt(-2 ln 0.25 / 0.25) = 1.665, and 5 + 2 * 1.665 = 8.33, of 4 bits 3.
    expect(posterize('rand-m5-n1-p1-mstd2', 0.75, 0.5)).toEqual(kept(3));
    expect(posterize('rand-m5-n1-p1-mstd20', 0.75, 0.5)).toEqual(kept(4));
    expect(posterize('rand-m5-n1-p1-mstd20', 0.25, 0.5)).toEqual(kept(0));
  });
});

it.each<[string, SampleTransform]>([
  ['randAugment', randAugment({ magnitude: 15, layers: 4 })],
  ['autoAugment', autoAugment()],
  ['timmRandAugment', timmRandAugment({ config: 'rand-m9-n4-p1-mstd0.5-inc1' })],
])('%s keeps shapes, and is a function of the image and the numbers drawn', (_, transform) => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 20 }),
      fc.constantFrom(1, 3),
      (seed, h, w, c) => {
        const before = imageNamed('policy', h, w, c);
        const after = transform(before, mulberry32(seed));
        expect([after.height, after.width, after.channels, after.data.length]).toEqual([h, w, c, h * w * c]);
        expect(transform(before, mulberry32(seed))).toEqual(after);
        expect(before).toEqual(imageNamed('policy', h, w, c));
      },
    ),
    { numRuns: 60 },
  );
});
