import { cropAndResize, type FloatImage } from '@nfnets/augment';
import type { Image } from '../dataset/image-source.js';
import { ImageError } from '../image-files/image-failure.js';
import type { Crop } from './sample-task.js';

/** Pixels that evaluation cuts off, both sides together. */
const MARGIN = 32;
const { fround } = Math;

/**
 * An image as the authors evaluate theirs: bicubic without clipping, cut to `size`. With `crop` 'none' an image that has its
 * size already stays as it is.
 *
 * @throws ImageError if the crop leaves nothing of it
 *
 * Source: the authors' `dataset.py`, in its float32 arithmetic.
 */
export function evaluationImage(image: Image, size: readonly [number, number], crop: Crop): Image | FloatImage {
  const [height, width] = size;
  const whole = { top: 0, left: 0, height: image.height, width: image.width };
  switch (crop) {
    case 'none':
      return image.height === height && image.width === width ? image : cropAndResize(image, whole, size);
    case 'resize_crop_32':
      return centreOf(cropAndResize(image, whole, [height + MARGIN, width + MARGIN]), size);
    case 'crop_resize': {
      const scale = Math.min(fround(image.height / (height + MARGIN)), fround(image.width / (width + MARGIN)));
      const sides = { height: Math.trunc(fround(scale * height)), width: Math.trunc(fround(scale * width)) };
      if (sides.height < 1 || sides.width < 1) {
        const reason = `of its ${image.height} x ${image.width} pixels nothing is left for ${height} x ${width}`;
        throw new ImageError("large enough for the crop 'crop_resize'", reason);
      }
      const box = { top: offset(image.height, sides.height), left: offset(image.width, sides.width), ...sides };
      return cropAndResize(image, box, size);
    }
  }
}

function centreOf({ data, height, width, channels }: FloatImage, size: readonly [number, number]): FloatImage {
  const [top, left] = [offset(height, size[0]), offset(width, size[1])];
  const result = new Float32Array(size[0] * size[1] * channels);
  for (let y = 0; y < size[0]; y++) {
    const from = ((top + y) * width + left) * channels;
    result.set(data.subarray(from, from + size[1] * channels), y * size[1] * channels);
  }
  return { data: result, height: size[0], width: size[1], channels };
}

/** Where a part of `partSize` begins in the middle of `size`, after the middle when it cannot be exact. */
function offset(size: number, partSize: number): number {
  return Math.floor((size - partSize + 1) / 2);
}
