const TABLE_SIZE = 1024;
/** Few enough for little of a band to be zero, and enough for a product to be worth its call. */
const BAND_ROWS = 32;
const { fround } = Math;

/** Keys's cubic kernel with a = -0.5 at the distances i / 1024 in [0, 1] and 1 + i / 1024, rounded to float32. */
const KERNEL = { near: new Float32Array(TABLE_SIZE + 1), far: new Float32Array(TABLE_SIZE + 1) };
for (let i = 0; i <= TABLE_SIZE; i++) {
  const x = i / TABLE_SIZE;
  KERNEL.near[i] = (1.5 * x - 2.5) * x * x + 1;
  const y = x + 1;
  KERNEL.far[i] = ((-0.5 * y + 2.5) * y - 4) * y + 2;
}

/** Consecutive rows of the interpolation matrix, with the columns in which they are not zero. */
export interface InterpolationBand {
  readonly rows: number;
  /** First input pixel that any of the rows weighs. */
  readonly firstPixel: number;
  readonly pixels: number;
  /** `[rows, pixels]`, row-major. */
  readonly weights: Float32Array;
}

/**
 * The matrix `[outputSize, inputSize]` by which bicubic interpolation takes `inputSize` pixels of a line to `outputSize`:
 * four weights of sum 1 in every row. In bands, as nearly all of it is zero.
 *
 * Pixels are squares with the value at their centre, neighbours are weighted by Keys's kernel (a = -0.5), looked up at
 * distances rounded to 1/1024, and those outside the image have no weight. There is no low-pass filter before shrinking.
 *
 * Source: TensorFlow 2's `tf.image.resize(method='bicubic', antialias=False)`, in its float32 arithmetic, so that every
 * distance is rounded to the same entry. Keys 1981 for the kernel.
 */
export function interpolationBands(inputSize: number, outputSize: number): InterpolationBand[] {
  const bands: InterpolationBand[] = [];
  for (let firstRow = 0; firstRow < outputSize; firstRow += BAND_ROWS) {
    const rows = Math.min(BAND_ROWS, outputSize - firstRow);
    const taps = Array.from({ length: rows }, (_, i) => tapsOf(firstRow + i, inputSize, outputSize));
    const firstPixel = Math.max(taps[0]!.firstPixel, 0);
    const pixels = Math.min(taps.at(-1)!.firstPixel + 4, inputSize) - firstPixel;
    const weights = new Float32Array(rows * pixels);
    for (const [row, tap] of taps.entries()) {
      for (const [i, weight] of tap.weights.entries()) {
        if (weight !== 0) weights[row * pixels + tap.firstPixel + i - firstPixel] = weight;
      }
    }
    bands.push({ rows, firstPixel, pixels, weights });
  }
  return bands;
}

/** The weights of the four input pixels from `firstPixel` on, which may lie outside and then have none. */
function tapsOf(row: number, inputSize: number, outputSize: number): { firstPixel: number; weights: number[] } {
  const scale = fround(inputSize / outputSize);
  const position = fround(fround((row + 0.5) * scale) - 0.5);
  const before = Math.floor(position);
  const firstPixel = before - 1;
  const entry = roundHalfToEven(fround(position - before) * TABLE_SIZE);
  const kernel = [
    KERNEL.far[entry]!,
    KERNEL.near[entry]!,
    KERNEL.near[TABLE_SIZE - entry]!,
    KERNEL.far[TABLE_SIZE - entry]!,
  ];
  const inside = kernel.map((weight, i) => (firstPixel + i >= 0 && firstPixel + i < inputSize ? weight : 0));
  const inverseSum = fround(1 / inside.reduce((sum, weight) => fround(sum + weight), 0));
  return { firstPixel, weights: inside.map((weight) => weight * inverseSum) };
}

/** C's `lrintf`, where Math.round would take halves up. */
function roundHalfToEven(x: number): number {
  const rounded = Math.round(x);
  return rounded - x === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded;
}
