import { fillLevels } from '../image/fill-colour.js';
import type { Image } from '../image/image.js';
import { inKernel } from '../image/in-kernel.js';
import { bytesToFill } from '../image/reused-bytes.js';
import { interpolated } from './affine-interpolated.js';
import type { AffineMatrix } from './affine-matrix.js';
import type { OpStyle } from './op-style.js';

const { fround } = Math;

/** Moves pixels by a matrix; those from outside of the image take the fill colour. */
export function affine(image: Image, matrix: AffineMatrix, style: OpStyle): Image {
  if (style.arithmetic === 'pillow' && style.sampling !== 'nearest') {
    return { ...image, data: interpolated(image, matrix, style.sampling, style.fill) };
  }
  const fill = Uint8Array.from(fillLevels(style.fill, image.channels));
  const isCorner = style.arithmetic === 'tensorflow';
  const { data, height, width, channels } = image;
  const moved = inKernel(data, fill, (kernel, from, ofFill, to) => {
    if (isCorner) kernel.moveByCorners(from, height, width, channels, ...matrix, ofFill, to);
    else kernel.moveByCentres(from, height, width, channels, ...fixedSteps(matrix), ofFill, to);
  });
  const placesOf = isCorner ? cornerPlaces : centrePlaces;
  return { ...image, data: moved ?? gathered(image, placesOf(image, matrix), fill) };
}

/** Writes which pixel each of output row `y` is, or -1 outside. */
type PlacesOfRow = (places: Int32Array, y: number) => void;

/** The pixels of `image` where `placesOf` says, or `levels` where that is outside. */
function gathered({ data, height, width, channels }: Image, placesOf: PlacesOfRow, levels: Uint8Array): Uint8Array {
  const result = bytesToFill(data.length);
  const places = new Int32Array(width);
  for (let y = 0, to = 0; y < height; y++) {
    placesOf(places, y);
    for (let x = 0; x < width; x++, to += channels) {
      const place = places[x]!;
      const source = place < 0 ? levels : data;
      const from = place < 0 ? 0 : place * channels;
      // One by one: a loop over the channels takes longer than what it does.
      result[to] = source[from]!;
      if (channels === 1) continue;
      result[to + 1] = source[from + 1]!;
      result[to + 2] = source[from + 2]!;
    }
  }
  return result;
}

/**
 * Coordinates count from the first pixel, in float32, and halves are rounded away from zero: TensorFlow.
 */
function cornerPlaces({ height, width }: Image, matrix: AffineMatrix): PlacesOfRow {
  const [a, b, c, d, e, f] = matrix.map(fround) as unknown as AffineMatrix;
  const [right, bottom] = [width - 0.5, height - 0.5];
  /** What a column adds to the coordinates, the same in every row. */
  const columnX = Float32Array.from({ length: width }, (_, x) => a * x);
  const columnY = Float32Array.from({ length: width }, (_, x) => d * x);
  return (places, y) => {
    const rowX = fround(b * y);
    const rowY = fround(e * y);
    for (let x = 0; x < width; x++) {
      const fromX = fround(fround(columnX[x]! + rowX) + c);
      const fromY = fround(fround(columnY[x]! + rowY) + f);
      const isInside = fromX > -0.5 && fromX < right && fromY > -0.5 && fromY < bottom;
      places[x] = isInside ? ((fromY + 0.5) | 0) * width + ((fromX + 0.5) | 0) : -1;
    }
  };
}

/** The same with coordinates at the centres of pixels, in steps of 1/65536: Pillow. */
function centrePlaces({ height, width }: Image, matrix: AffineMatrix): PlacesOfRow {
  const [startX, stepXX, stepXY, startY, stepYX, stepYY] = fixedSteps(matrix);
  return (places, y) => {
    for (let x = 0; x < width; x++) {
      const fromX = Math.floor((startX + x * stepXX + y * stepXY) / 65536);
      const fromY = Math.floor((startY + x * stepYX + y * stepYY) / 65536);
      const isInside = fromX >= 0 && fromX < width && fromY >= 0 && fromY < height;
      places[x] = isInside ? fromY * width + fromX : -1;
    }
  };
}

/** Where the first pixel is read, and what a column and a row add, across and then down, in whole numbers of 1/65536. */
function fixedSteps([a, b, c, d, e, f]: AffineMatrix): [number, number, number, number, number, number] {
  const fixed = (value: number) => Math.floor(value * 65536 + 0.5);
  return [fixed(c + a * 0.5 + b * 0.5), fixed(a), fixed(b), fixed(f + d * 0.5 + e * 0.5), fixed(d), fixed(e)];
}
