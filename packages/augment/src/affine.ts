import { sampleInterpolated } from './affine-interpolated.js';
import { fillLevels } from './fill-colour.js';
import type { Image } from './image.js';
import type { OpStyle } from './op-style.js';
import { cosSin } from './portable-math.js';

/** Output pixel (x, y) is the input's at `(a x + b y + c, d x + e y + f)`. */
export type AffineMatrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

const { fround } = Math;

/** Moves pixels by a matrix; those from outside of the image take the fill colour. */
export function affine(image: Image, matrix: AffineMatrix, style: OpStyle): Image {
  const data = new Uint8Array(image.data.length);
  const levels = fillLevels(style.fill, image.channels);
  for (let i = 0; i < data.length; i++) data[i] = levels[i % levels.length]!;
  const result = { ...image, data };
  if (style.arithmetic === 'tensorflow') sampleCorners(image, matrix, result);
  else if (style.sampling === 'nearest') sampleCentres(image, matrix, result);
  else sampleInterpolated(image, matrix, style.sampling, result);
  return result;
}

/** The matrix that turns an image by `degrees` around its centre, counter-clockwise as it is seen. */
export function rotation({ height, width }: Image, degrees: number, arithmetic: OpStyle['arithmetic']): AffineMatrix {
  const [cos, sin] = cosSin(degrees);
  if (arithmetic === 'pillow') {
    const [x, y] = [width / 2, height / 2];
    return [cos, -sin, x - (cos * x - sin * y), sin, cos, y - (sin * x + cos * y)];
  }
  const [x, y] = [(width - 1) / 2, (height - 1) / 2];
  return [cos, -sin, x - (cos * x - sin * y), sin, cos, y - (sin * x + cos * y)];
}

/** Coordinates count from the corner pixel's own place, in float32, and round half away from zero: TensorFlow. */
function sampleCorners(image: Image, matrix: AffineMatrix, result: { data: Uint8Array }): void {
  const { height, width } = image;
  const [a, b, c, d, e, f] = matrix.map(fround) as unknown as AffineMatrix;
  for (let y = 0, pixel = 0; y < height; y++) {
    const [rowX, rowY] = [fround(b * y), fround(e * y)];
    for (let x = 0; x < width; x++, pixel++) {
      const fromX = fround(fround(fround(a * x) + rowX) + c);
      const fromY = fround(fround(fround(d * x) + rowY) + f);
      if (fromX > -0.5 && fromX < width - 0.5 && fromY > -0.5 && fromY < height - 0.5) {
        copyPixel(image, ((fromY + 0.5) | 0) * width + ((fromX + 0.5) | 0), result.data, pixel);
      }
    }
  }
}

/** Coordinates at the centres of pixels, in steps of 1/65536: Pillow. */
function sampleCentres(image: Image, [a, b, c, d, e, f]: AffineMatrix, result: { data: Uint8Array }): void {
  const { height, width } = image;
  const fixed = (value: number) => Math.floor(value * 65536 + 0.5);
  const [stepXX, stepXY, stepYX, stepYY] = [fixed(a), fixed(b), fixed(d), fixed(e)];
  const [startX, startY] = [fixed(c + a * 0.5 + b * 0.5), fixed(f + d * 0.5 + e * 0.5)];
  for (let y = 0, pixel = 0; y < height; y++) {
    for (let x = 0; x < width; x++, pixel++) {
      const fromX = (startX + x * stepXX + y * stepXY) >> 16;
      const fromY = (startY + x * stepYX + y * stepYY) >> 16;
      if (fromX >= 0 && fromX < width && fromY >= 0 && fromY < height) {
        copyPixel(image, fromY * width + fromX, result.data, pixel);
      }
    }
  }
}

function copyPixel({ data, channels }: Image, from: number, result: Uint8Array, to: number): void {
  if (channels === 1) result[to] = data[from]!;
  else {
    result[to * 3] = data[from * 3]!;
    result[to * 3 + 1] = data[from * 3 + 1]!;
    result[to * 3 + 2] = data[from * 3 + 2]!;
  }
}
