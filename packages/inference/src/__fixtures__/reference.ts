import { readFileSync } from 'node:fs';
import { goldenValues } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';

type Shape4D = [number, number, number, number];

interface Reference {
  readonly resizes: readonly { shape: Shape4D; size: [number, number]; values: number[] }[];
  readonly evaluations: readonly {
    shape: Shape4D;
    testSize: number;
    crop: 'resize_crop_32' | 'crop_resize' | 'none';
    values: number[];
  }[];
  readonly windows: readonly { height: number; width: number; testSize: number; window: number[] }[];
}

/** What TensorFlow made of the images of `imageNamed`: tools/reference/preprocess.py. */
export const reference = JSON.parse(readFileSync(new URL('preprocess.json', import.meta.url), 'utf8')) as Reference;

/** Whole numbers from 0 to 255 that any language can make. */
export function imageNamed(name: string, shape: Shape4D): tf.Tensor4D {
  const values = goldenValues(
    name,
    shape.reduce((a, b) => a * b),
  );
  return tf.tensor4d(
    values.map((u) => Math.min(Math.floor((u + 1) * 128), 255)),
    shape,
    'int32',
  );
}
