import { type AugmentSpec, mixPair, type SampleTransform, sampleTransform } from '@nfnets/augment';
import { anything, assertInteger, aText, checkOptions, type OptionRules, oneOf, rule, show } from '@nfnets/options';
import { assertSource } from '../dataset/assert-source.js';
import type { ImageSource } from '../dataset/image-source.js';
import { affine, type Normalization } from '../dataset/normalization.js';
import { COLOUR_PROFILES, type ColourProfile } from '../image-files/open-image.js';
import { type AugmentModule, CROPS, type Crop, type MixSettings, type SampleSettings } from './sample-task.js';

/** Options of {@link imageLoader}. */
export interface ImageLoaderOptions {
  /** Side in pixels of the images that the model gets, or `[height, width]`. */
  readonly imageSize: number | readonly [number, number];
  /**
   * Channels that the model gets; pixels are not converted, files are: to grey by 0.299 of red, 0.587 of green and 0.114 of
   * blue. Default those of the source's pixels, 3 for files.
   */
  readonly channels?: 1 | 3;
  /**
   * What becomes of the ICC profile of an image file. `'ignore'`: its numbers are taken for sRGB, as torchvision and
   * TensorFlow do. `'apply'`: its colours are converted to sRGB, as a browser shows them. Default `'ignore'`.
   */
  readonly colourProfile?: ColourProfile;
  /**
   * What is done to every image of a pass with a `shuffleSeed`, and makes images of `imageSize`: steps of `@nfnets/augment`,
   * or one's own `(image, random) => image`: a function, which runs in the main thread, or a module that exports one. Default none.
   */
  readonly augment?: AugmentSpec | SampleTransform | AugmentModule;
  /** Makes one image of two, and soft labels, in passes with a `shuffleSeed`. Each sample then comes twice in a pass. Default none. */
  readonly mix?: MixSettings;
  /**
   * What is done in passes with a `shuffleSeed` after `augment` and `mix`, where the paper has RandAugment. With `mix` it is
   * what `parseAugmentName` of `@nfnets/augment` gives. Default nothing.
   */
  readonly transforms?: AugmentSpec;
  /**
   * How images are prepared in passes without a `shuffleSeed`, or without `augment`: as in `preprocess` of
   * `@nfnets/inference`. Default `'resize_crop_32'` for files, `'none'` for sources of pixels.
   */
  readonly crop?: Crop;
  /** Of values of 0..255. Default the source's, or ImageNet's. */
  readonly normalization?: Normalization;
  /** Threads that decode and augment; 0: the main thread does. The images are the same. Default one for each core. */
  readonly workers?: number;
  /** Batches made ahead of the one that is waited for. Default 2. */
  readonly prefetch?: number;
  /**
   * What becomes of an image that cannot be read, decoded, cut to size or augmented. `'skip'` makes its
   * batch smaller, and leaves out batches of which nothing is left. Default `'error'`.
   */
  readonly corrupt?: 'error' | 'skip';
}

const RULES: OptionRules<ImageLoaderOptions> = {
  imageSize: rule('a side or [height, width]', (value) => typeof value === 'number' || Array.isArray(value)),
  channels: oneOf([1, 3]),
  colourProfile: oneOf(COLOUR_PROFILES),
  augment: anything,
  mix: anything,
  transforms: anything,
  crop: oneOf(CROPS),
  normalization: anything,
  workers: anything,
  prefetch: anything,
  corrupt: oneOf(['error', 'skip']),
};

/** ImageNet's mean and deviation, of values of 0..255. */
const IMAGENET: Normalization = { mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] };

/**
 * How the images of a source become a model's inputs, by the options of `imageLoader`.
 *
 * @throws RangeError or TypeError for options that are not known, out of range or do not fit the source
 */
export function loaderSettings(source: ImageSource, options: ImageLoaderOptions): SampleSettings {
  assertSource('imageLoader', source);
  checkOptions<ImageLoaderOptions>('imageLoader', options, RULES, { required: ['imageSize'] });
  const sides = typeof options.imageSize === 'number' ? [options.imageSize, options.imageSize] : options.imageSize;
  if (!Array.isArray(sides) || sides.length !== 2) {
    throw new RangeError(
      `imageLoader: \`imageSize\` must be a side or [height, width], got ${show(options.imageSize)}.`,
    );
  }
  for (const side of sides) assertInteger('imageLoader', 'imageSize', side, 1);
  const channels = options.channels ?? source.channels ?? 3;
  if (channels !== 1 && channels !== 3) {
    throw new RangeError(`imageLoader: \`source.channels\` must be 1 or 3, got ${show(channels)}.`);
  }
  if (source.channels !== undefined && source.channels !== channels) {
    throw new RangeError(
      `imageLoader: \`channels\` must be those of the source's pixels, ${source.channels}, got ${channels}. Pixels are not converted.`,
    );
  }
  const crop = options.crop ?? (source.channels === undefined ? 'resize_crop_32' : 'none');
  const usual = source.normalization ?? (channels === 3 ? IMAGENET : undefined);
  const normalization = options.normalization === undefined ? usual : options.normalization;
  if (normalization === undefined) {
    throw new TypeError(
      'imageLoader: `normalization` must be given for images of one channel, got undefined: { mean, std } of values of 0..255.',
    );
  }
  if (options.transforms !== undefined) sampleTransform(options.transforms);
  if (options.mix !== undefined) checkMix(options.mix, source.length);
  return {
    imageSize: [sides[0]!, sides[1]!],
    channels,
    colourProfile: options.colourProfile ?? 'ignore',
    crop,
    augment: augmentSettings(options.augment),
    mix: options.mix,
    transforms: options.transforms,
    affine: affine('imageLoader', normalization, channels),
  };
}

function augmentSettings(augment: ImageLoaderOptions['augment']): SampleSettings['augment'] {
  if (augment === undefined || typeof augment === 'function') return undefined;
  if (!Array.isArray(augment)) return moduleSettings(augment as AugmentModule);
  // Made here as well, so that a mistake in it is told at once.
  sampleTransform(augment);
  return augment;
}

function moduleSettings(augment: AugmentModule): SampleSettings['augment'] {
  const module = rule('an address as text or URL', (value) => typeof value === 'string' || value instanceof URL);
  const who = 'imageLoader: `augment`, of steps, a function or a module:';
  checkOptions<AugmentModule>(who, augment, { module, export: aText }, { required: ['module'] });
  return { module: String(augment.module), name: augment.export ?? 'default' };
}

function checkMix(mix: MixSettings, length: number): void {
  checkOptions<MixSettings>('imageLoader: `mix`', mix, { kinds: anything, alpha: anything });
  const { kinds, alpha } = mix;
  if (!Array.isArray(kinds) || kinds.length === 0) {
    throw new TypeError(`imageLoader: \`mix.kinds\` must list 'mixup', 'cutmix' or both, got ${show(kinds)}.`);
  }
  if (length < 2) throw new RangeError(`imageLoader: \`mix\` needs at least 2 samples, got ${length}.`);
  const pixel = { data: new Uint8Array(1), height: 1, width: 1, channels: 1 };
  for (const kind of kinds) mixPair(pixel, pixel, kind, Math.random, alpha === undefined ? {} : { alpha });
}
