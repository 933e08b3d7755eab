import * as tf from '@tensorflow/tfjs-core';

/** How much a clipping transform has to do in one layer. */
export interface LayerClipStats {
  /** Name of the layer, or of the variable where no layer made it. */
  readonly layer: string;
  /** What the transform clips by itself, over all weights of the layer: output units, whole tensors, or elements. */
  readonly units: number;
  /** Units that are above the limit. */
  readonly clippedUnits: number;
  /**
   * Largest size of a unit in the transform's own measure; NaN if any is. Of `adaptiveGradClip` it is `gradNorm / max(paramNorm, eps)`,
   * and clipping starts where it passes `clipFactor`; of the others size over limit, and clipping starts at 1.
   */
  readonly largestRatio: number;
}

/** What a clip meter makes of the gradients of a step. */
export interface ClipMeasurement {
  /** What is read later; the caller's to dispose of. */
  readonly values: tf.Tensor1D;
  /** Makes the figures of each layer of the numbers of `values`. */
  readonly read: (values: ArrayLike<number>) => LayerClipStats[];
}

/** Units of one weight that stand side by side. */
interface UnitRun {
  readonly layer: string;
  readonly units: number;
  /** Position of the weight's gradient, by which layers are listed. */
  readonly index: number;
}

/** Sizes of units beside what they are compared with. */
export interface UnitSizes {
  /** [units], in the order of `runs`. */
  readonly sizes: tf.Tensor1D;
  /** What is a size of 1, [units]. */
  readonly references: tf.Tensor1D;
  /** A unit is clipped where its size is above its reference times this, in single precision. */
  readonly factor: tf.Scalar | number;
  readonly runs: readonly UnitRun[];
}

/** The measurement of a rule that compares one number of each unit with a limit; `make` computes the numbers. */
export function measureSizes(make: () => UnitSizes): ClipMeasurement {
  let runs: readonly UnitRun[] = [];
  const values = tf.tidy(() => {
    const { sizes, references, factor, ...rest } = make();
    runs = rest.runs;
    return tf.concat1d([sizes, references, tf.reshape(typeof factor === 'number' ? tf.scalar(factor) : factor, [1])]);
  });
  return { values, read: (numbers) => countSizes(numbers, runs) };
}

/** The measurement of nothing, as of no gradients. */
export function measureNothing(): ClipMeasurement {
  return { values: tf.tensor1d([]), read: () => [] };
}

function countSizes(numbers: ArrayLike<number>, runs: readonly UnitRun[]): LayerClipStats[] {
  const total = (numbers.length - 1) / 2;
  const factor = numbers[2 * total]!;
  const layers = new Map(
    runs
      .toSorted((a, b) => a.index - b.index)
      .map(({ layer }) => [layer, { units: 0, clippedUnits: 0, largestRatio: 0 }]),
  );
  let offset = 0;
  for (const { layer, units } of runs) {
    const stats = layers.get(layer)!;
    stats.units += units;
    for (const end = offset + units; offset < end; offset++) {
      const [size, reference] = [numbers[offset]!, numbers[total + offset]!];
      // In single precision, as the clipping itself decides.
      if (size > Math.fround(reference * factor)) stats.clippedUnits++;
      stats.largestRatio = Math.max(stats.largestRatio, size / reference);
    }
  }
  return [...layers].map(([layer, stats]) => ({ layer, ...stats }));
}
