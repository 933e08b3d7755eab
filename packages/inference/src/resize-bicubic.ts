import { show } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import { interpolationBands } from './interpolation-bands.js';

/**
 * Resizes images as TensorFlow 2's `tf.image.resize(images, size, method='bicubic', antialias=False)` does: half-pixel
 * centres, Keys's kernel with a = -0.5, no clamping, so that values may leave the range of the input.
 *
 * Products with the matrices of `interpolationBands`, an axis after the other: it runs on every backend and has a gradient.
 *
 * @param images `[height, width, channels]` or `[batch, height, width, channels]`, of any numeric type.
 * @param size `[height, width]` of the result, in pixels.
 * @returns float32, of the same rank.
 * @throws RangeError when a size is not a whole number from 1, or the rank is another; TypeError for what is no tensor.
 * @example
 * ```ts
 * import { resizeBicubic } from '@nfnets/inference';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const photo = tf.randomUniform<tf.Rank.R3>([480, 640, 3], 0, 255);
 * const small = resizeBicubic(photo, [224, 224]); // [224, 224, 3]; tf.image has no bicubic
 * ```
 */
export function resizeBicubic<T extends tf.Tensor3D | tf.Tensor4D>(images: T, size: readonly [number, number]): T {
  if (!(images instanceof tf.Tensor)) {
    throw new TypeError(`resizeBicubic: \`images\` must be a tensor, got ${show(images)}.`);
  }
  if (images.rank !== 3 && images.rank !== 4) {
    throw new RangeError(
      `resizeBicubic: \`images\` must be [height, width, channels] or [batch, height, width, channels], got ${JSON.stringify(images.shape)}.`,
    );
  }
  if (images.shape.some((length) => length === 0)) {
    throw new RangeError(`resizeBicubic: \`images\` must have pixels, got ${JSON.stringify(images.shape)}.`);
  }
  if (!(Array.isArray(size) && size.length === 2 && size.every((length) => Number.isInteger(length) && length >= 1))) {
    throw new RangeError(`resizeBicubic: \`size\` must be [height, width] of whole numbers from 1, got ${show(size)}.`);
  }
  return tf.tidy(() => {
    const batched = (images.rank === 3 ? tf.expandDims(images) : images) as tf.Tensor4D;
    const resized = resizeWidth(resizeHeight(batched, size[0]), size[1]);
    return (images.rank === 3 ? tf.squeeze(resized, [0]) : resized) as T;
  });
}

function resizeHeight(images: tf.Tensor4D, outputHeight: number): tf.Tensor4D {
  const [batch, height, width, channels] = images.shape;
  if (height === outputHeight) return asFloats(images);
  // The axis to sum over comes first; with one image it is there already.
  const lines = batch === 1 ? images : tf.transpose(asFloats(images), [1, 0, 2, 3]);
  const resized = interpolate(tf.reshape(lines, [height, batch * width * channels]), outputHeight);
  if (batch === 1) return tf.reshape(resized, [1, outputHeight, width, channels]);
  return tf.transpose(tf.reshape(resized, [outputHeight, batch, width, channels]), [1, 0, 2, 3]);
}

function resizeWidth(images: tf.Tensor4D, outputWidth: number): tf.Tensor4D {
  const [batch, height, width, channels] = images.shape;
  if (width === outputWidth) return images;
  const lines = tf.reshape(tf.transpose(images, [2, 0, 1, 3]), [width, batch * height * channels]);
  const resized = interpolate(lines, outputWidth);
  return tf.transpose(tf.reshape(resized, [outputWidth, batch, height, channels]), [1, 2, 0, 3]);
}

/** `[inputSize, lines]` to `[outputSize, lines]`. */
function interpolate(lines: tf.Tensor, outputSize: number): tf.Tensor {
  const [inputSize, count] = lines.shape as [number, number];
  const resized = interpolationBands(inputSize, outputSize).map(({ firstPixel, pixels, rows, weights }) =>
    // A tidy and a cast of its own, so that no photograph is held as floats.
    tf.tidy(() => {
      const needed = tf.cast(tf.slice(lines, [firstPixel, 0], [pixels, count]), 'float32');
      return tf.matMul(tf.tensor2d(weights, [rows, pixels]), needed);
    }),
  );
  return resized.length === 1 ? resized[0]! : tf.concat(resized);
}

/** By a product: on webgpu a cast keeps the bytes of whole numbers, and a transpose of them then fails. */
function asFloats(images: tf.Tensor4D): tf.Tensor4D {
  return tf.mul(tf.cast(images, 'float32'), 1);
}
