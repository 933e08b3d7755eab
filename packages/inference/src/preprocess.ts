import { checkOptions, integerFrom, oneOf, rule, show } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import { centreOffset, centreWindow } from './crop-window.js';
import { resizeBicubic } from './resize-bicubic.js';

/** Pixels that evaluation cuts off, both sides together. */
const MARGIN = 32;
const CROPS = ['resize_crop_32', 'crop_resize', 'none'] as const;

/** How a network wants its images; a preset of `@nfnets/models` is one. */
export interface PreprocessSpec {
  /** Side of the square result, in pixels. A preset of `@nfnets/models` has it, so that the preset can be the spec. */
  readonly testSize: number;
  /**
   * `'resize_crop_32'`: the whole image to `testSize + 32`, squashed to a square, of which the centre is kept.
   * `'crop_resize'`: the centre of the image, in its proportions, to `testSize`. `'none'`: the whole image, squashed.
   * Default `'resize_crop_32'`, by which the published accuracies were measured.
   */
  readonly crop?: (typeof CROPS)[number];
  /**
   * Of red, green and blue, subtracted from values of 0..255. One number, with one of `std`, makes the images grey: for networks of one
   * channel. Default ImageNet's, `[123.675, 116.28, 103.53]`.
   */
  readonly mean?: readonly [number, number, number] | readonly [number];
  /** Of red, green and blue, or of grey, divided by. Default ImageNet's, `[58.395, 57.12, 57.375]`. */
  readonly std?: readonly [number, number, number] | readonly [number];
}

const isChannels = (value: unknown): value is number[] =>
  Array.isArray(value) && (value.length === 3 || value.length === 1) && value.every(Number.isFinite);

const RULES = {
  'spec.testSize': { ...integerFrom(1), text: 'a whole number of pixels' },
  'spec.crop': { ...oneOf(CROPS), text: `one of ${CROPS.join(', ')}` },
  'spec.mean': rule('three numbers, for values of 0..255, or one for grey', isChannels),
  'spec.std': rule(
    'three positive numbers, for values of 0..255, or one for grey',
    (value) => isChannels(value) && value.every((each) => each > 0),
  ),
};

/** What a preset of `@nfnets/models` has besides: it can be the spec. */
const PRESET_FIELDS: ReadonlySet<string> = new Set([
  ...[
    'family',
    'stem',
    'stemPool',
    'widths',
    'depths',
    'strides',
    'groupWidth',
    'expansion',
    'expansionOf',
    'channelMultiple',
  ],
  ...['spatialConvs', 'attention', 'attentionAt', 'squeezeExciteRatio', 'shortcutPooling', 'skipGain', 'finalChannels'],
  ...[
    'classifierDeviation',
    'activation',
    'alpha',
    'dropRate',
    'stochasticDepthRate',
    'stochasticDepthForm',
    'inputShape',
  ],
  ...['trainSize', 'gammaIn', 'padding', 'eps', 'epsRule', 'widthFactor', 'depthFactor'],
]);

/** ImageNet's mean and standard deviation, of values of 0..255. */
const IMAGENET = { mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] } as const;

/** How bright red, green and blue are: ITU-R BT.601's luma, by which Pillow and TensorFlow make images grey. */
const LUMA = [0.299, 0.587, 0.114];

/**
 * Makes images ready for a network, as the authors evaluate theirs: bicubic resize without clamping, centre crop, mean and
 * standard deviation.
 *
 * @param image Values of 0..255, which are not told from values of 0..1: `[height, width, 3]`, or `[batch, height, width, 3]` for images of one size.
 * Of one channel too when `mean` and `std` are one number.
 * @param spec Side of the square, crop and normalization: `{ testSize: 256 }`, or a preset of `@nfnets/models`.
 * @returns float32 `[batch, testSize, testSize, 3]`; of one channel, the luma of ITU-R BT.601, when `mean` and `std` are one number.
 * @throws RangeError when the image has another shape or is too small to crop, or the spec is out of its range.
 *
 * Source: the authors' `dataset.py`.
 * @example
 * ```ts
 * import { preprocess, readImage } from '@nfnets/inference';
 *
 * const image = await readImage('photo.jpg');
 * const input = preprocess(image, { testSize: 256, crop: 'crop_resize' }); // [1, 256, 256, 3]
 * image.dispose();
 * ```
 */
export function preprocess(image: tf.Tensor3D | tf.Tensor4D, spec: PreprocessSpec): tf.Tensor4D {
  if (!(image instanceof tf.Tensor)) {
    throw new TypeError(
      `preprocess: \`image\` must be a tensor [height, width, 3], as readImage gives, got ${show(image)}.`,
    );
  }
  assertSpec('preprocess', spec);
  const isGrey = channelsOf(spec) === 1;
  const channels = image.shape.at(-1);
  if (!((image.rank === 3 || image.rank === 4) && (channels === 3 || (channels === 1 && isGrey)))) {
    const wayOut = channels === 1 ? '; for grey images give one number as `spec.mean` and one as `spec.std`' : '';
    throw new RangeError(
      `preprocess: \`image\` must be [height, width, 3] or [batch, height, width, 3], got ${JSON.stringify((image as tf.Tensor).shape)}${wayOut}.`,
    );
  }
  if (image.dtype !== 'float32' && image.dtype !== 'int32') {
    throw new TypeError(`preprocess: \`image\` must hold int32 or float32 of 0..255, got ${image.dtype}.`);
  }
  const { testSize, crop = 'resize_crop_32', mean = IMAGENET.mean, std = IMAGENET.std } = spec;
  return tf.tidy(() => {
    const images = (image.rank === 3 ? tf.expandDims(image) : image) as tf.Tensor4D;
    const pixels = cropAndResize(isGrey && channels === 3 ? greyOf(images) : images, testSize, crop);
    return tf.div(tf.sub(pixels, tf.tensor1d([...mean])), tf.tensor1d([...std])) as tf.Tensor4D;
  });
}

/** Channels of the images that `spec` makes: 1 or 3. */
export const channelsOf = ({ mean = IMAGENET.mean }: PreprocessSpec): number => mean.length;

const greyOf = (images: tf.Tensor4D) => tf.sum(tf.mul(images, LUMA), 3, true) as tf.Tensor4D;

function cropAndResize(images: tf.Tensor4D, testSize: number, crop: (typeof CROPS)[number]): tf.Tensor4D {
  const [batch, height, width, channels] = images.shape;
  if (crop === 'resize_crop_32') {
    const padded = testSize + MARGIN;
    const offset = centreOffset(padded, testSize);
    const resized = resizeBicubic(images, [padded, padded]);
    return tf.slice(resized, [0, offset, offset, 0], [batch, testSize, testSize, channels]);
  }
  if (crop === 'none') return resizeBicubic(images, [testSize, testSize]);
  const { top, left, side } = centreWindow(height, width, testSize, MARGIN);
  if (side === 0) {
    throw new RangeError(`preprocess: \`image\` must have pixels left after the crop, got ${height} x ${width}.`);
  }
  return resizeBicubic(tf.slice(images, [0, top, left, 0], [batch, side, side, channels]), [testSize, testSize]);
}

/** Fails unless `spec` says how to make images ready, and nothing else but what a preset has. */
export function assertSpec(who: string, spec: PreprocessSpec | undefined): asserts spec is PreprocessSpec {
  if (spec !== undefined && (typeof spec !== 'object' || spec === null)) {
    throw new TypeError(
      `${who}: \`spec\` must be an object such as { testSize: 256 }, or a preset of @nfnets/models, got ${show(spec)}.`,
    );
  }
  const isPreset = spec !== undefined && 'family' in spec;
  const own = Object.entries(spec ?? {}).filter(([name]) => !(isPreset && PRESET_FIELDS.has(name)));
  const named = Object.fromEntries(own.map(([name, value]) => [`spec.${name}`, value]));
  checkOptions<typeof RULES>(who, named, RULES, { required: ['spec.testSize'] });
  const { mean = IMAGENET.mean, std = IMAGENET.std } = spec as PreprocessSpec;
  if (mean.length !== std.length) {
    throw new RangeError(
      `${who}: \`spec.mean\` must be three numbers with three of \`spec.std\` (by default ImageNet's), or one with one, got ${show(mean)} with ${show(std)}.`,
    );
  }
}
