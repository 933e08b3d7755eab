import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { mulberry32 } from '@nfnets/testing';
import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { imageNamed } from '../__fixtures__/images.js';
import { cropAndResize, cropAndResizeBytes, toBytes } from '../crops/crop-and-resize.js';
import {
  AUTHORS_STYLE,
  augmentOp,
  horizontalFlip,
  type Image,
  OP_NAMES,
  type OpStyle,
  PILLOW_STYLE,
} from '../index.js';
import { pixelKernel } from './pixel-kernel.js';

/** The same where WebAssembly is refused. */
let script: typeof import('../index.js') & Pick<typeof import('../crops/crop-and-resize.js'), 'cropAndResizeBytes'>;

beforeAll(async () => {
  class Refused {
    constructor() {
      throw new WebAssembly.CompileError('not allowed by the content security policy');
    }
  }
  vi.stubGlobal('WebAssembly', { CompileError: WebAssembly.CompileError, Module: Refused });
  vi.resetModules();
  script = { ...(await import('../index.js')), ...(await import('../crops/crop-and-resize.js')) };
  expect((await import('./pixel-kernel.js')).pixelKernel()).toBeUndefined();
  vi.unstubAllGlobals();
});

afterEach(() => expect(pixelKernel()).toBeDefined());

const side = fc.integer({ min: 1, max: 90 });
const share = fc.double({ min: 0, max: 1, noNaN: true });

it.each(['bicubic', 'bilinear', 'nearest'] as const)(
  'makes the bytes that JavaScript makes, of any box: %s',
  (kind) => {
    fc.assert(
      fc.property(side, side, side, side, share, share, (...drawn) => {
        const [height, width, rows, columns, ofHeight, ofWidth] = drawn;
        const [top, left] = [Math.floor(ofHeight * (height - 1)), Math.floor(ofWidth * (width - 1))];
        const box = { top, left, height: height - top, width: Math.ceil((width - left) / 2) };
        const image = imageNamed('kernel', height, width, 3);
        const expected = toBytes(cropAndResize(image, box, [rows, columns], kind));
        expect(cropAndResizeBytes(image, box, [rows, columns], kind)).toEqual(expected);
        expect(script.cropAndResizeBytes(image, box, [rows, columns], kind)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  },
);

/** As `toEqual`, which goes through the bytes of a large array one by one. */
function expectSame({ data, ...sides }: Image, { data: expected, ...expectedSides }: Image): void {
  expect(sides).toEqual(expectedSides);
  if (Buffer.compare(data, expected) !== 0) expect(data).toEqual(expected);
}

/** Arguments from what changes nothing to more than any magnitude gives, of both signs where there are two. */
function argumentOf(name: (typeof OP_NAMES)[number], of: number): number {
  if (name === 'Rotate') return 360 * of - 180;
  if (name.startsWith('Shear')) return 3 * of - 1.5;
  if (name.startsWith('Translate')) return 200 * of - 100;
  if (['Color', 'Contrast', 'Brightness', 'Sharpness'].includes(name)) return 6 * of - 1;
  return Math.floor(400 * of);
}

describe('of any image, style and argument JavaScript makes the same bytes', () => {
  const style: fc.Arbitrary<OpStyle> = fc.record({
    arithmetic: fc.constantFrom('tensorflow', 'pillow'),
    contrastGrey: fc.constantFrom('pixel-count', 'mean'),
    solarizeOverflow: fc.constantFrom('wrap', 'keep'),
    equalizeTable: fc.constantFrom('pillow', 'textbook'),
    blendRounding: fc.constantFrom('truncate', 'round'),
    fill: fc.constantFrom(128, [10, 200, 33] as const),
    sampling: fc.constantFrom('nearest', 'bilinear', 'bicubic'),
  });
  const image = fc
    .tuple(fc.oneof(side, fc.integer({ min: 1, max: 4 })), fc.oneof(side, fc.integer({ min: 1, max: 4 })), fc.nat(9))
    .chain(([height, width, seed]) =>
      fc.record({
        image: fc.constantFrom(1, 3).map((channels) => imageNamed(`kernel${seed}`, height, width, channels)),
        flat: fc.constantFrom(8, 6, 1),
      }),
    )
    // With few levels, some of them not there.
    .map(({ image: { data, ...sides }, flat }) => ({
      ...sides,
      data: data.map((level) => (level >> (8 - flat)) + flat),
    }));

  it.each(OP_NAMES)('%s', (name) => {
    fc.assert(
      fc.property(image, share, style, (given, of, how) => {
        const before = new Uint8Array(given.data);
        const argument = argumentOf(name, of);
        const made = augmentOp(given, name, argument, how, mulberry32(1));
        expectSame(made, script.augmentOp(given, name, argument, how, mulberry32(1)));
        expectSame(given, { ...given, data: before });
      }),
      { numRuns: 150 },
    );
  });

  it('a flip', () => {
    const options = { probability: 1 };
    fc.assert(
      fc.property(image, (given) => {
        expectSame(horizontalFlip(options)(given, Math.random), script.horizontalFlip(options)(given, Math.random));
      }),
    );
  });

  it('images of a usual size, in the published styles', () => {
    const photo = imageNamed('photo', 224, 224, 3);
    for (const style of [AUTHORS_STYLE, PILLOW_STYLE]) {
      for (const name of OP_NAMES) {
        const argument = argumentOf(name, 0.63);
        const made = augmentOp(photo, name, argument, style, mulberry32(2));
        expectSame(made, script.augmentOp(photo, name, argument, style, mulberry32(2)));
      }
    }
  });
});

it('is what its source compiles to', async () => {
  const build = fileURLToPath(new URL('../../build-kernel.mjs', import.meta.url));
  await promisify(execFile)(process.execPath, [build, '--check'], { timeout: 60_000 });
}, 90_000);
