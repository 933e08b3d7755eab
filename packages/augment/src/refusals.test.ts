import { describe, expect, it } from 'vitest';
import type { FloatImage, Image, LabelledBatch, SampleTransform } from './index.js';
import * as augment from './index.js';

type Anything = (...args: unknown[]) => unknown;
const FUNCTIONS = Object.entries(augment).filter(([, value]) => typeof value === 'function') as [string, Anything][];
/** Functions that may be called with nothing. */
const COMPLETE = ['autoAugment', 'horizontalFlip', 'padAndCrop', 'randomErasing'];

const grey: Image = { data: new Uint8Array(48).fill(9), height: 8, width: 6, channels: 1 };
const photo: Image = { data: new Uint8Array(144).fill(9), height: 8, width: 6, channels: 3 };
const batch: LabelledBatch = {
  images: new Float32Array(32),
  shape: [2, 4, 4, 1],
  labels: Float32Array.of(1, 0, 0, 1),
};
const TRANSFORMS: [string, SampleTransform][] = [
  ['randomResizedCrop', augment.randomResizedCrop({ size: 4 })],
  ['resize', augment.resize({ size: 4 })],
  ['centreCrop', augment.centreCrop({ size: 4 })],
  ['padAndCrop', augment.padAndCrop()],
  ['horizontalFlip', augment.horizontalFlip()],
  ['randAugment', augment.randAugment({ magnitude: 5 })],
  ['timmRandAugment', augment.timmRandAugment({ config: 'rand-m9' })],
  ['autoAugment', augment.autoAugment()],
  ['cutout', augment.cutout({ size: 2 })],
  ['randomErasing', augment.randomErasing()],
  ['sampleTransform', augment.sampleTransform([{ op: 'horizontalFlip' }])],
];

describe('every function', () => {
  it.each(FUNCTIONS.filter(([name]) => !COMPLETE.includes(name)))(
    'says what it needs when it gets nothing: %s',
    (name, call) => {
      expect(() => call()).toThrow(new RegExp(`^${name}: .*\`?\\w+\`? must be .*, got undefined`));
    },
  );

  it.each(FUNCTIONS)('says what it wants in the place of a text: %s', (name, call) => {
    if (name === 'parseAugmentName') return;
    expect(() => call('relu')).toThrow(new RegExp(`^${name}: .* must be .*"relu"`));
  });

  it.each([
    ['randomResizedCrop', { size: 8, scale: [0.1, 1], ratio: [1, 2] }, 'no option `scale`'],
    ['randomResizedCrop', { size: 8, minCoverd: 0.1 }, 'did you mean `minCovered`?'],
    ['resize', { sise: 8 }, 'did you mean `size`?'],
    ['resize', { size: 8, interpolation: 'bicubc' }, "must be one of 'bicubic', 'bilinear', 'nearest'"],
    ['padAndCrop', { pad: 4 }, 'did you mean `padding`?'],
    ['horizontalFlip', { p: 0.5 }, 'no option `p`. It has probability.'],
    ['randAugment', { magnitude: 5, numLayers: 2 }, 'no option `numLayers`'],
    ['randAugment', { magnitude: 5, translate: 'share ' }, "did you mean 'share'?"],
    ['randAugment', { magnitude: 5, scaleBelow: -1 }, '`scaleBelow` must be a whole number from 0, got -1'],
    ['autoAugment', { policy: 'v0' }, 'no option `policy`'],
    ['timmRandAugment', { config: 'rand-m9', interpolation: 'bicubic' }, 'no option `interpolation`'],
    ['cutout', { size: 8, prob: 1 }, 'did you mean `probability`?'],
    ['randomErasing', { color: 'normal' }, 'did you mean `colours`?'],
    [
      'cutMixBox',
      { height: 0, width: 8, centreX: 0, centreY: 0, keep: 0.5 },
      '`height` must be a whole number from 1, got 0',
    ],
    [
      'cutMixBox',
      { height: 8, width: 8, centreX: 8, centreY: 0, keep: 0.5 },
      'must lie in the image of 8 x 8, got 8 and 0',
    ],
    ['cutMixBox', { height: 8, width: 8, centerX: 1, centreY: 0, keep: 0.5 }, 'did you mean `centreX`?'],
  ] as const)('names an option that it does not know, or its values: %s %j', (name, options, message) => {
    const call = Object.fromEntries(FUNCTIONS)[name]!;
    expect(() => call(options)).toThrow(message);
    expect(() => call(options)).toThrow(`${name}: `);
  });

  it.each<[string, () => unknown, string]>([
    [
      'a kind',
      () => augment.planMix({ kinds: ['mixupp' as 'mixup'] }, 1),
      '`kinds` must be one or two of mixup, cutmix',
    ],
    ['a key of a mix', () => augment.planMix({ kind: 'mixup' } as never, 1), 'did you mean `kinds`?'],
    [
      'an alpha',
      () => augment.mixBatch(batch, { kinds: ['mixup'], alpha: 0 }, Math.random),
      'mixBatch: `alpha` must be',
    ],
    [
      'a mode',
      () => augment.mixFlipped(batch, Math.random, { mode: 'half' as 'elem' }),
      "must be one of 'batch', 'pair', 'elem'",
    ],
    [
      'an option of mixFlipped',
      () => augment.mixFlipped(batch, Math.random, { prob: 1 } as never),
      'did you mean `probability`?',
    ],
    [
      'an option of mixPair',
      () => augment.mixPair(grey, grey, 'mixup', Math.random, { alfa: 1 } as never),
      'did you mean `alpha`?',
    ],
    [
      'an option of drawCropBox',
      () => augment.drawCropBox(8, 8, Math.random, { ares: [0, 1] } as never),
      'did you mean `area`?',
    ],
    [
      'an operation',
      () => augment.augmentOp(grey, 'rotate' as 'Rotate', 5, augment.AUTHORS_STYLE, Math.random),
      "did you mean 'Rotate'?",
    ],
    [
      'an argument',
      () => augment.augmentOp(grey, 'Rotate', Number.NaN, augment.AUTHORS_STYLE, Math.random),
      '`argument` must be a finite number, got NaN',
    ],
    [
      'a style',
      () =>
        augment.augmentOp(grey, 'Rotate', 5, { ...augment.AUTHORS_STYLE, sampling: 'cubic' as 'bicubic' }, Math.random),
      "did you mean 'bicubic'?",
    ],
    [
      'an interpolation',
      () => augment.cropAndResize(grey, { top: 0, left: 0, height: 2, width: 2 }, [2, 2], 'area' as 'nearest'),
      '`interpolation` must be one of bicubic, bilinear, nearest',
    ],
    [
      'a size',
      () => augment.cropAndResize(grey, { top: 0, left: 0, height: 2, width: 2 }, 2 as never),
      '`size` must be [height, width]',
    ],
    ['a seed', () => augment.seededRandom(1.5), 'seededRandom: `seed` must be an integer, got 1.5'],
    ['a word of a name', () => augment.parseAugmentName('mixup_randaug_5'), 'did you mean randaugment?'],
    ['a step', () => augment.sampleTransform([{ op: 'randomCrop' } as never]), '`spec[0].op` must be one of'],
    ['a generator', () => augment.horizontalFlip()(grey, 7 as never), '`random` must be a function'],
  ])('names it: %s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});

describe('an image', () => {
  it.each(TRANSFORMS)('is refused alike by every step: %s', (name, transform) => {
    const run = (image: object) => () => transform(image as Image, Math.random);
    const floats = Float32Array.from(photo.data, (level) => level / 255);
    expect(run({ ...photo, data: floats })).toThrow(
      `${name}: \`image.data\` must be a Uint8Array of 0..255, got a Float32Array`,
    );
    expect(run({ ...photo, data: Uint16Array.from(photo.data) })).toThrow('got a Uint16Array');
    expect(run({ ...photo, data: Uint8ClampedArray.from(photo.data) })).toThrow('got a Uint8ClampedArray');
    expect(run({ ...photo, data: [...photo.data] })).toThrow('got an array');
    expect(run({ ...photo, data: undefined })).toThrow('must have 8 x 6 x 3 = 144 values, got undefined');
    expect(run({ ...photo, data: new Uint8Array(192), channels: 4 })).toThrow('`image.channels` must be 1 or 3, got 4');
    expect(run({ ...photo, data: new Uint8Array(96), channels: 2 })).toThrow('`image.channels` must be 1 or 3, got 2');
    expect(run({ ...photo, height: 9 })).toThrow('must have 9 x 6 x 3 = 162 values, got 144');
    expect(() => transform(undefined as never, Math.random)).toThrow(
      '`image` must be { data, height, width, channels }',
    );
  });

  it.each(TRANSFORMS.filter(([name]) => name !== 'centreCrop'))(
    'may be a pixel, a line or 2 x 2: %s',
    (_, transform) => {
      for (const [height, width] of [
        [1, 1],
        [1, 9],
        [9, 1],
        [2, 2],
      ] as const) {
        for (const channels of [1, 3]) {
          const image = { data: new Uint8Array(height * width * channels).fill(7), height, width, channels };
          const made = transform(image, augment.seededRandom(3));
          expect(made.data).toHaveLength(made.height * made.width * channels);
        }
      }
    },
  );

  it('may be a buffer of Node', () => {
    const image = { ...photo, data: Buffer.from(photo.data) };
    expect(augment.resize({ size: 2 })(image, Math.random).data).toEqual(new Uint8Array(12).fill(9));
  });

  it('of floats with a NaN has no bytes', () => {
    const image: FloatImage = { data: Float32Array.of(1, Number.NaN), height: 1, width: 2, channels: 1 };
    expect(() => augment.toBytes(image)).toThrow('toBytes: `image.data` must hold numbers, got NaN at 1');
    expect(() => augment.mixPair(image, image, 'mixup', Math.random)).toThrow(
      'mixPair: `image.data` must hold numbers, got NaN',
    );
    expect(() => augment.mixPair(image, image, 'cutmix', Math.random)).toThrow('got NaN');
  });
});

describe('a batch', () => {
  const calls: [string, (batch: unknown) => unknown][] = [
    ['mixBatch', (given) => augment.mixBatch(given as LabelledBatch, { kinds: ['mixup'], alpha: 1 }, Math.random)],
    ['mixFlipped', (given) => augment.mixFlipped(given as LabelledBatch, Math.random)],
  ];

  it.each(calls)('is refused alike: %s', (name, call) => {
    expect(() => call(undefined)).toThrow(`${name}: \`batch\` must be { images, shape, labels }, got undefined`);
    expect(() => call({ ...batch, images: [...batch.images] })).toThrow('`images` must be a Float32Array, got [0,0');
    expect(() => call({ ...batch, labels: [1, 0, 0, 1] })).toThrow('`labels` must be a Float32Array, got [1,0,0,1]');
    expect(() => call({ ...batch, shape: undefined })).toThrow('`images` must have as many values as `shape` says');
    expect(() => call({ ...batch, labels: Float32Array.of(3, 7) })).toThrow(
      'shares of [0, 1], a value for each class, got 3',
    );
    expect(() => call({ ...batch, labels: Float32Array.of(1, 0, Number.NaN, 1) })).toThrow('got NaN');
  });
});

it('mixes a pair by the spec that a name gives', () => {
  const { mix } = augment.parseAugmentName('cutmix_mixup_0.4');
  const random = () => augment.seededRandom(2);
  expect(augment.mixPair(photo, photo, 'mixup', random(), mix)).toEqual(
    augment.mixPair(photo, photo, 'mixup', random(), { alpha: 0.4 }),
  );
});

describe('CutMix of few pixels', () => {
  it.each([
    [1, 9],
    [9, 1],
    [2, 2],
  ])('leaves the second image alone: %d x %d', (height, width) => {
    const [a, b] = [1, 200].map((level) => ({
      data: new Uint8Array(height * width).fill(level),
      height,
      width,
      channels: 1,
    })) as [Image, Image];
    const { image, ratio } = augment.mixPair(a, b, 'cutmix', augment.seededRandom(5));
    expect(ratio).toBe(0);
    expect(image.data).toEqual(b.data);
  });
});

describe('pixels of the policies', () => {
  const lost = (options: object, size: number) => {
    const image = { data: new Uint8Array(size * size).fill(255), height: size, width: size, channels: 1 };
    const transform = augment.randAugment({ magnitude: 10, layers: 1, ops: ['TranslateX', 'TranslateY'], ...options });
    const made = Array.from({ length: 20 }, (_, seed) => transform(image, augment.seededRandom(seed)).data);
    return made.filter((data) => data.every((level) => level === 128)).length;
  };

  it('move a small image out of sight, and with `scaleBelow` as far as they move a large one', () => {
    expect(lost({}, 32)).toBe(20);
    expect(lost({ scaleBelow: 192 }, 32)).toBe(0);
    const row = { data: Uint8Array.from({ length: 48 * 48 }, (_, i) => i % 48), height: 48, width: 48, channels: 1 };
    // 100 * 48 / 192 = 25 pixels: column 0 is column 25 of the image.
    const transform = augment.randAugment({ magnitude: 10, layers: 1, ops: ['TranslateX'], scaleBelow: 192 });
    expect(transform(row, () => 0.9).data[0]).toBe(25);
  });

  it('are the authors’ from `scaleBelow` pixels on', () => {
    const image = { data: Uint8Array.from({ length: 200 * 200 }, (_, i) => i), height: 200, width: 200, channels: 1 };
    for (const make of [augment.randAugment, augment.autoAugment]) {
      for (let seed = 0; seed < 40; seed++) {
        const [plain, scaled] = [0, 192].map((scaleBelow) =>
          make({ ...(make === augment.randAugment && { magnitude: 9 }), scaleBelow } as never),
        );
        expect(scaled!(image, augment.seededRandom(seed))).toEqual(plain!(image, augment.seededRandom(seed)));
      }
    }
  });
});
