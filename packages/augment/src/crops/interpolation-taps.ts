export const INTERPOLATIONS = ['bicubic', 'bilinear', 'nearest'] as const;
/** How pixels between pixels are made. */
export type Interpolation = (typeof INTERPOLATIONS)[number];

/** Which four input pixels an output pixel is made of, and how they are weighed; those that it does not need weigh nothing. */
export interface InterpolationTaps {
  /** `[outputSize, 4]`, row-major; always inside the input. */
  readonly pixels: Int32Array;
  /** `[outputSize, 4]`, with a sum of 1 in every row. */
  readonly weights: Float32Array;
}

const TABLE_SIZE = 1024;
const { fround } = Math;

/** Keys's cubic kernel with a = -0.5 at the distances i / 1024 in [0, 1] and 1 + i / 1024, rounded to float32. */
const KERNEL = { near: new Float32Array(TABLE_SIZE + 1), far: new Float32Array(TABLE_SIZE + 1) };
for (let i = 0; i <= TABLE_SIZE; i++) {
  const x = i / TABLE_SIZE;
  KERNEL.near[i] = (1.5 * x - 2.5) * x * x + 1;
  const y = x + 1;
  KERNEL.far[i] = ((-0.5 * y + 2.5) * y - 4) * y + 2;
}

/**
 * The taps by which a line of `inputSize` pixels becomes one of `outputSize`, without a low-pass filter before shrinking.
 *
 * Pixels are squares with the value at their centre. Bicubic is Keys's kernel (a = -0.5), looked up at distances rounded to
 * 1/1024, and neighbours outside the line have no weight; bilinear repeats the pixel at the edge.
 *
 * Source: TensorFlow 2's `tf.image.resize(antialias=False)`, in its float32 arithmetic.
 */
export function interpolationTaps(
  inputSize: number,
  outputSize: number,
  interpolation: Interpolation,
): InterpolationTaps {
  const pixels = new Int32Array(outputSize * 4);
  const weights = new Float32Array(outputSize * 4);
  const scale = fround(inputSize / outputSize);
  const last = inputSize - 1;
  for (let i = 0; i < outputSize; i++) {
    const centre = fround((i + 0.5) * scale);
    const position = fround(centre - 0.5);
    const before = Math.floor(position);
    const [ourPixels, ourWeights] = [pixels.subarray(i * 4, i * 4 + 4), weights.subarray(i * 4, i * 4 + 4)];
    if (interpolation === 'nearest') {
      ourPixels.fill(Math.min(Math.floor(centre), last));
      ourWeights[0] = 1;
    } else if (interpolation === 'bilinear') {
      const share = fround(position - before);
      ourPixels.fill(Math.min(Math.ceil(position), last));
      ourPixels[0] = Math.max(before, 0);
      ourWeights.set([1 - share, share]);
    } else setCubicTaps(ourPixels, ourWeights, before, position, last);
  }
  return { pixels, weights };
}

function setCubicTaps(pixels: Int32Array, weights: Float32Array, before: number, position: number, last: number): void {
  const entry = roundHalfToEven(fround(position - before) * TABLE_SIZE);
  weights[0] = KERNEL.far[entry]!;
  weights[1] = KERNEL.near[entry]!;
  weights[2] = KERNEL.near[TABLE_SIZE - entry]!;
  weights[3] = KERNEL.far[TABLE_SIZE - entry]!;
  let sum = 0;
  for (let tap = 0; tap < 4; tap++) {
    const pixel = before - 1 + tap;
    pixels[tap] = Math.min(Math.max(pixel, 0), last);
    if (pixel !== pixels[tap]) weights[tap] = 0;
    sum = fround(sum + weights[tap]!);
  }
  const inverseSum = fround(1 / sum);
  for (let tap = 0; tap < 4; tap++) weights[tap]! *= inverseSum;
}

/** C's `lrintf`, where Math.round would take halves up. */
export function roundHalfToEven(x: number): number {
  const rounded = Math.round(x);
  return rounded - x === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
