import type { Image } from '../image/image.js';
import { cosSin } from '../random/portable-math.js';
import type { OpStyle } from './op-style.js';

/** Output pixel (x, y) is the input's at `(a x + b y + c, d x + e y + f)`. */
export type AffineMatrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

const { fround } = Math;

/** The matrix that turns an image by `degrees` around its centre, counter-clockwise as it is seen. */
export function rotation({ height, width }: Image, degrees: number, arithmetic: OpStyle['arithmetic']): AffineMatrix {
  if (arithmetic === 'pillow') {
    const [cos, sin] = cosSin(degrees);
    const [x, y] = [width / 2, height / 2];
    return [cos, -sin, x - (cos * x - sin * y), sin, cos, y - (sin * x + cos * y)];
  }
  // In float32 step by step: at 45 degrees many coordinates are halves, and the last bit decides.
  const [cos, sin] = cosSin(degrees).map(fround) as [number, number];
  const [right, bottom] = [width - 1, height - 1];
  const x = fround(right - fround(fround(cos * right) - fround(sin * bottom))) / 2;
  const y = fround(bottom - fround(fround(sin * right) + fround(cos * bottom))) / 2;
  return [cos, -sin, x, sin, cos, y];
}
