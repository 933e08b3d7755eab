import { checkOptions, oneOf, show } from '@nfnets/options';
import { assertImage, assertRandom, type Image, type Random } from '../image/image.js';
import { affine } from './affine.js';
import { type AffineMatrix, rotation } from './affine-matrix.js';
import { brightness, color, contrast, sharpness } from './colour-ops.js';
import { cutSquare } from './cutout.js';
import {
  autoContrastTable,
  equalizeTable,
  invertTable,
  posterizeTable,
  solarizeAddTable,
  solarizeTable,
} from './level-tables.js';
import { mapChannels, mapLevels } from './map-levels.js';
import { type OpStyle, STYLE_RULES } from './op-style.js';

/** The operations, in the order in which the authors' code lists them. */
export const OP_NAMES = [
  'AutoContrast',
  'Equalize',
  'Invert',
  'Rotate',
  'Posterize',
  'Solarize',
  'Color',
  'Contrast',
  'Brightness',
  'Sharpness',
  'ShearX',
  'ShearY',
  'TranslateX',
  'TranslateY',
  'Cutout',
  'SolarizeAdd',
] as const;

/** Name of an operation. */
export type OpName = (typeof OP_NAMES)[number];

type Op = (image: Image, argument: number, style: OpStyle, random: Random) => Image;

const moved =
  (matrixOf: (argument: number) => AffineMatrix): Op =>
  (image, argument, style) =>
    affine(image, matrixOf(argument), style);

const OPS: Readonly<Record<OpName, Op>> = {
  AutoContrast: (image, _, { arithmetic }) => mapChannels(image, (counts) => autoContrastTable(counts, arithmetic)),
  Equalize: (image, _, { equalizeTable: kind }) => mapChannels(image, (counts) => equalizeTable(counts, kind)),
  Invert: (image) => mapLevels(image, invertTable()),
  Rotate: (image, degrees, style) => affine(image, rotation(image, degrees, style.arithmetic), style),
  Posterize: (image, bits, { arithmetic }) => mapLevels(image, posterizeTable(bits, arithmetic)),
  Solarize: (image, threshold, style) => mapLevels(image, solarizeTable(threshold, style.solarizeOverflow)),
  Color: color,
  Contrast: contrast,
  Brightness: brightness,
  Sharpness: sharpness,
  ShearX: moved((level) => [1, level, 0, 0, 1, 0]),
  ShearY: moved((level) => [1, 0, 0, level, 1, 0]),
  TranslateX: moved((pixels) => [1, 0, pixels, 0, 1, 0]),
  TranslateY: moved((pixels) => [1, 0, 0, 0, 1, pixels]),
  Cutout: (image, pad, { fill }, random) => cutSquare(image, pad, fill, random),
  SolarizeAdd: (image, addition) => mapLevels(image, solarizeAddTable(addition)),
};

/**
 * Applies one operation.
 *
 * @param argument Degrees of Rotate, bits of Posterize, threshold of Solarize, addition of SolarizeAdd, factor of Color,
 *   Contrast, Brightness and Sharpness (1 changes nothing), slope of Shear, pixels of Translate, half the side of Cutout.
 *   AutoContrast, Equalize and Invert have none.
 * @param random Cutout draws its row and column from it.
 * @param image Bytes, grey or in colour.
 * @param name Name of the operation.
 * @param style How pixels are computed: {@link AUTHORS_STYLE}, {@link PILLOW_STYLE}, or one's own.
 * @throws RangeError when the name is unknown, the argument is not finite or the style is none; TypeError for what is no image.
 * @example
 * ```ts
 * import { augmentOp, PILLOW_STYLE, seededRandom } from '@nfnets/augment';
 *
 * const image = { data: new Uint8Array(32 * 32 * 3).fill(200), height: 32, width: 32, channels: 3 };
 * const turned = augmentOp(image, 'Rotate', 15, PILLOW_STYLE, seededRandom(1));
 * ```
 */
export function augmentOp(image: Image, name: OpName, argument: number, style: OpStyle, random: Random): Image {
  assertImage('augmentOp', image);
  checkOptions<{ name: OpName }>('augmentOp', { name }, { name: oneOf(OP_NAMES) }, { required: ['name'] });
  if (!Number.isFinite(argument)) {
    throw new RangeError(`augmentOp: \`argument\` must be a finite number, got ${show(argument)}.`);
  }
  if (style === undefined) {
    throw new TypeError('augmentOp: `style` must be AUTHORS_STYLE, PILLOW_STYLE or one like them, got undefined.');
  }
  checkOptions<OpStyle>('augmentOp: `style`', style, STYLE_RULES, { required: Object.keys(STYLE_RULES) });
  assertRandom('augmentOp', random);
  return applyOp(image, name, argument, style, random);
}

/** The same of what was checked already, once for all images. */
export function applyOp(image: Image, name: OpName, argument: number, style: OpStyle, random: Random): Image {
  return OPS[name](image, argument, style, random);
}
