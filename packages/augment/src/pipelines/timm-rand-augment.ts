import { checkOptions, oneOf, rule } from '@nfnets/options';
import { checkedTransform, type Image, type Random, type SampleTransform } from '../image/image.js';
import { colour } from '../image/option-rules.js';
import { applyInTurn } from '../image/reused-bytes.js';
import { applyOp, type OpName } from '../ops/augment-op.js';
import { PILLOW_STYLE } from '../ops/op-style.js';
import { drawBelow, drawNormal } from '../random/draws.js';
import { parseTimmConfig, type TimmConfig } from './timm-config.js';

/** Options of {@link timmRandAugment}. */
export interface TimmRandAugmentOptions {
  /** In timm's notation: `rand-m9-n3-mstd0.5-inc1`. */
  readonly config: string;
  /** Of Rotate, Shear and Translate. Default `'random'`, bilinear or bicubic, drawn for each. */
  readonly sampling?: 'random' | 'nearest' | 'bilinear' | 'bicubic';
  /** Level of pixels from outside of the image, or `[red, green, blue]`. Default 128. timm's training takes the mean's. */
  readonly fill?: number | readonly [number, number, number];
}

/** timm's 15 operations: all but Cutout, in its order. */
const TIMM_OPS = [
  'AutoContrast',
  'Equalize',
  'Invert',
  'Rotate',
  'Posterize',
  'Solarize',
  'SolarizeAdd',
  'Color',
  'Contrast',
  'Brightness',
  'Sharpness',
  'ShearX',
  'ShearY',
  'TranslateX',
  'TranslateY',
] as const satisfies readonly OpName[];

const aConfig = rule("a text such as 'rand-m9-mstd0.5-inc1'", (value) => typeof value === 'string', 'string');

/**
 * Applies timm's RandAugment: draws `n` of its 15 operations with replacement, and applies each by chance `p`, as Pillow
 * computes. Translate is a share of the side, 0.45 at magnitude 10. Draws: the operations; for each whether it is applied,
 * the noise of its magnitude, its sign, its sampling.
 *
 * @throws TypeError or RangeError when `config` is not understood, or another option is unknown or out of its range.
 * @example
 * ```ts
 * import { seededRandom, timmRandAugment } from '@nfnets/augment';
 *
 * const augment = timmRandAugment({ config: 'rand-m9-mstd0.5-inc1', sampling: 'bicubic' });
 * const image = { data: new Uint8Array(224 * 224 * 3), height: 224, width: 224, channels: 3 };
 * const augmented = augment(image, seededRandom(1));
 * ```
 */
export function timmRandAugment(options: TimmRandAugmentOptions): SampleTransform {
  checkOptions<TimmRandAugmentOptions>(
    'timmRandAugment',
    options,
    { config: aConfig, sampling: oneOf(['random', 'nearest', 'bilinear', 'bicubic']), fill: colour },
    { required: ['config'] },
  );
  const { sampling = 'random', fill = 128 } = options;
  const config = parseTimmConfig(options.config);
  return checkedTransform('timmRandAugment', (image, random) => {
    const names = Array.from({ length: config.layers }, () => TIMM_OPS[drawBelow(TIMM_OPS.length, random)]!);
    const steps = names.map((name) => (current: Image) => {
      if (config.probability < 1 && random() >= config.probability) return current;
      const argument = timmArgument(name, drawMagnitude(config, random), config.increasing, current, random);
      const style = { ...PILLOW_STYLE, fill, sampling: drawSampling(name, sampling, random) };
      return applyOp(current, name, argument, style, random);
    });
    return applyInTurn(image, steps);
  });
}

/** The argument of `augmentOp` at a magnitude, with a random sign where the operation has one: then one draw. */
export function timmArgument(
  name: (typeof TIMM_OPS)[number],
  magnitude: number,
  increasing: boolean,
  image: Image,
  random: Random,
): number {
  const level = magnitude / 10;
  const signed = (value: number) => (random() < 0.5 ? value : -value);
  switch (name) {
    case 'Rotate':
      return signed(30 * level);
    case 'Posterize':
      return increasing ? 4 - Math.floor(4 * level) : Math.floor(4 * level);
    case 'Solarize': {
      const threshold = Math.min(256, Math.floor(256 * level));
      return increasing ? 256 - threshold : threshold;
    }
    case 'SolarizeAdd':
      return Math.min(128, Math.floor(110 * level));
    case 'Color':
    case 'Contrast':
    case 'Brightness':
    case 'Sharpness':
      return increasing ? Math.max(0.1, 1 + signed(0.9 * level)) : 1.8 * level + 0.1;
    case 'ShearX':
    case 'ShearY':
      return signed(0.3 * level);
    case 'TranslateX':
      return signed(0.45 * level * image.width);
    case 'TranslateY':
      return signed(0.45 * level * image.height);
    default:
      return 0;
  }
}

function drawMagnitude({ magnitude, magnitudeDeviation, maxMagnitude }: TimmConfig, random: Random): number {
  let drawn = magnitude;
  if (magnitudeDeviation === Number.POSITIVE_INFINITY) drawn = magnitude * random();
  else if (magnitudeDeviation > 0) drawn = magnitude + magnitudeDeviation * drawNormal(random);
  return Math.min(Math.max(drawn, 0), maxMagnitude);
}

const MOVES: ReadonlySet<OpName> = new Set(['Rotate', 'ShearX', 'ShearY', 'TranslateX', 'TranslateY']);

function drawSampling(name: OpName, sampling: NonNullable<TimmRandAugmentOptions['sampling']>, random: Random) {
  if (!MOVES.has(name)) return 'nearest';
  if (sampling !== 'random') return sampling;
  return random() < 0.5 ? 'bilinear' : 'bicubic';
}
