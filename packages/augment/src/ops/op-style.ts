import { type OptionRules, oneOf } from '@nfnets/options';
import { colour } from '../image/option-rules.js';

/** What the descriptions of these operations leave open, or where published code differs from them. */
export interface OpQuirks {
  /**
   * The grey that Contrast blends with. `'pixel-count'`: the number of pixels / 256, at most 255, a slip of the authors' code.
   * `'mean'`: the mean brightness, as published and as in Pillow. Default `'pixel-count'`.
   */
  readonly contrastGrey: 'pixel-count' | 'mean';
  /**
   * A Solarize threshold from 256 on. `'wrap'`: modulo 256, as TensorFlow makes a byte of it: at magnitude 10 everything is
   * inverted. `'keep'`: no pixel reaches it, so nothing changes, as in Pillow. Default `'wrap'`.
   */
  readonly solarizeOverflow: 'wrap' | 'keep';
  /**
   * `'pillow'`: levels in steps of a whole number of pixels, each level at the sum of those below it. `'textbook'`: the
   * cumulative distribution, scaled to 0..255 and rounded. Default `'pillow'`.
   */
  readonly equalizeTable: 'pillow' | 'textbook';
  /** How Color, Contrast, Brightness and Sharpness make bytes: `'truncate'` as a cast does, or `'round'`. Default `'truncate'`. */
  readonly blendRounding: 'truncate' | 'round';
}

/** How pixels are computed. */
export interface OpStyle extends OpQuirks {
  /**
   * Whose arithmetic. `'tensorflow'`: float32, coordinates at the corners of pixels, Posterize keeps at least one bit.
   * `'pillow'`: its weights of grey, its rounding, coordinates at the centres of pixels.
   */
  readonly arithmetic: 'tensorflow' | 'pillow';
  /** Level of pixels from outside of the image, and of Cutout. */
  readonly fill: number | readonly [number, number, number];
  /** Of Rotate, Shear and Translate; with arithmetic `'tensorflow'` always nearest. */
  readonly sampling: 'nearest' | 'bilinear' | 'bicubic';
}

/** As the code of Brock et al. 2021 computes. */
export const AUTHORS_STYLE: OpStyle = {
  arithmetic: 'tensorflow',
  contrastGrey: 'pixel-count',
  solarizeOverflow: 'wrap',
  equalizeTable: 'pillow',
  blendRounding: 'truncate',
  fill: 128,
  sampling: 'nearest',
};

/** As Pillow computes, on which timm's operations rest. */
export const PILLOW_STYLE: OpStyle = {
  arithmetic: 'pillow',
  contrastGrey: 'mean',
  solarizeOverflow: 'keep',
  equalizeTable: 'pillow',
  blendRounding: 'truncate',
  fill: 128,
  sampling: 'bicubic',
};

export const QUIRK_RULES: OptionRules<OpQuirks> = {
  contrastGrey: oneOf(['pixel-count', 'mean']),
  solarizeOverflow: oneOf(['wrap', 'keep']),
  equalizeTable: oneOf(['pillow', 'textbook']),
  blendRounding: oneOf(['truncate', 'round']),
};

export const STYLE_RULES: OptionRules<OpStyle> = {
  arithmetic: oneOf(['tensorflow', 'pillow']),
  ...QUIRK_RULES,
  fill: colour,
  sampling: oneOf(['nearest', 'bilinear', 'bicubic']),
};
