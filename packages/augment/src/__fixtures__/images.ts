import { goldenValues } from '@nfnets/testing';
import type { Image } from '../image/image.js';

/** An image of bytes that any language can make: min(floor((u + 1) * 128), 255) of the golden values of `name`. */
export function imageNamed(name: string, height: number, width: number, channels: number): Image {
  const values = goldenValues(name, height * width * channels);
  return { data: Uint8Array.from(values, (u) => Math.min(Math.floor((u + 1) * 128), 255)), height, width, channels };
}

/** A generator that gives `values` in turn, then fails. */
export function randomOf(...values: number[]): () => number {
  let next = 0;
  return () => {
    if (next === values.length) throw new Error(`drew more than ${values.length} numbers`);
    return values[next++]!;
  };
}
