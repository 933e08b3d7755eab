import type * as tf from '@tensorflow/tfjs-core';

/** How much adaptive clipping has to do in one layer; `clipStats` of `@nfnets/agc` says more. */
export interface LayerClipStats {
  readonly layer: string;
  readonly units: number;
  readonly clippedUnits: number;
  /** Largest norm of a unit's gradient over that of its weights. */
  readonly largestRatio: number;
}

/**
 * Measures a step's gradients, before they are transformed and applied: `clipMeter()` of `@nfnets/agc`. The tensor is
 * computed within the step, so it may be compiled with it; `read` makes figures of its numbers.
 */
export type GradientMeter = (gradients: readonly { readonly param: tf.Variable; readonly grad: tf.Tensor }[]) => {
  readonly values: tf.Tensor1D;
  readonly read: (values: ArrayLike<number>) => readonly LayerClipStats[];
};

/** What measures the gradients of some steps. */
export interface ClipStatsTask {
  readonly meter: GradientMeter;
  /** Step 0 is measured, and every so many from then on. Default 50. */
  readonly everySteps?: number;
}
