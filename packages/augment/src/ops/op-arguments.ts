import type { Image, Random } from '../image/image.js';
import { drawBelow } from '../random/draws.js';
import type { OpName } from './augment-op.js';

export interface OpArgumentOptions {
  /** Translate's argument at magnitude 10, in pixels or as a share of the side. */
  readonly translate: { readonly pixels: number } | { readonly share: number };
  /** Half the side of Cutout's square at magnitude 10, in pixels. */
  readonly cutout: number;
  /** Sides below this many pixels have those pixels in proportion. Default 0, none. */
  readonly scaleBelow?: number;
}

const SIGNED: ReadonlySet<OpName> = new Set(['Rotate', 'ShearX', 'ShearY', 'TranslateX', 'TranslateY']);

/**
 * The argument of `augmentOp` at a magnitude, 10 being the policies' usual scale, with a random sign where the operation
 * has one: then one draw, else none.
 *
 * Source: Brock et al. 2021 (`autoaugment.py`).
 */
export function opArgument(
  name: OpName,
  magnitude: number,
  image: Image,
  options: OpArgumentOptions,
  random: Random,
): number {
  const size = unsignedArgument(name, magnitude / 10, image, options);
  return SIGNED.has(name) && drawBelow(2, random) === 0 ? -size : size;
}

function unsignedArgument(
  name: OpName,
  level: number,
  image: Image,
  { translate, cutout, scaleBelow = 0 }: OpArgumentOptions,
): number {
  const pixelsFor = (pixels: number, side: number) => (side < scaleBelow ? (pixels * side) / scaleBelow : pixels);
  const shift = (side: number) =>
    level * ('pixels' in translate ? pixelsFor(translate.pixels, side) : translate.share * side);
  switch (name) {
    case 'Rotate':
      return 30 * level;
    case 'Posterize':
      return Math.floor(4 * level);
    case 'Solarize':
      return Math.floor(256 * level);
    case 'SolarizeAdd':
      return Math.floor(110 * level);
    case 'Color':
    case 'Contrast':
    case 'Brightness':
    case 'Sharpness':
      return 1.8 * level + 0.1;
    case 'ShearX':
    case 'ShearY':
      return 0.3 * level;
    case 'TranslateX':
      return shift(image.width);
    case 'TranslateY':
      return shift(image.height);
    case 'Cutout':
      return Math.floor(pixelsFor(cutout, Math.min(image.height, image.width)) * level);
    default:
      return 0;
  }
}
