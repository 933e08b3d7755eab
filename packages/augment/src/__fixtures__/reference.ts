import { readFileSync } from 'node:fs';
import type { OpName } from '../ops/augment-op.js';
import type { Image } from '../image/image.js';
import type { Interpolation } from '../crops/interpolation-taps.js';
import { imageNamed } from './images.js';

interface OpCase {
  readonly op: OpName;
  readonly image: string;
  readonly argument: number;
  readonly sampling?: Interpolation;
  readonly bytes: string;
}

type BoxFigures = Readonly<Record<'top' | 'left' | 'area' | 'aspect', number>>;

interface Reference {
  readonly shape: readonly [number, number];
  readonly tensorflow: readonly OpCase[];
  readonly pillow: readonly OpCase[];
  readonly rotations: readonly { height: number; width: number; degrees: number; sha256: string }[];
  readonly resizes: readonly {
    image: string;
    shape: readonly [number, number, number];
    size: readonly [number, number];
    interpolation: Interpolation;
    values: number[];
  }[];
  readonly boxes: readonly {
    height: number;
    width: number;
    whole: number;
    means: BoxFigures;
    deviations: BoxFigures;
    smallest: number;
  }[];
  readonly timm: readonly { increasing: boolean; magnitude: number; arguments: number[] }[];
}

/** What TensorFlow, Pillow and timm made of the images of `referenceImage`: tools/reference/augment.py. */
export const reference = JSON.parse(readFileSync(new URL('reference.json', import.meta.url), 'utf8')) as Reference;

/** `noise3`, `noise1`: all levels; `dim3`, `dim1`: those of 40..167. The digit is the number of channels. */
export function referenceImage(name: string): Image {
  const image = imageNamed(name, ...reference.shape, Number(name.at(-1)));
  return name.startsWith('dim') ? { ...image, data: image.data.map((level) => (level >> 1) + 40) } : image;
}

/** The bytes of a case. */
export function bytesOf({ bytes }: OpCase): Uint8Array {
  return new Uint8Array(Buffer.from(bytes, 'base64'));
}
