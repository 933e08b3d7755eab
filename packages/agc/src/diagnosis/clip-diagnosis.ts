import type { ClipVerdict } from './verdicts.js';

/** Options of `diagnoseClipping`: what is known of the training. */
export interface DiagnoseClippingArgs {
  /** Steps in which the learning rate rose to its peak, an integer >= 0. Default 0. */
  readonly warmupSteps?: number;
  /**
   * The threshold that clipped, a number > 0: `clipFactor`, `maxNorm` or what the rule's limit is proportional to. Of another rule the function
   * that makes a threshold that lets through `relaxBy` times as much: `(by) => 1 + 0.05 * by` for a `relativeFactor` of 1.05. Default unknown.
   */
  readonly threshold?: number | ((relaxBy: number) => number);
  /** Name of the layer whose outputs are the classes, which needs no clipping. Default none. */
  readonly classifier?: string;
  /** Whether the optimizer divides gradients by their own size (Adam, RMSProp, Lion, Muon): then a smaller gradient is no smaller step. Default false. */
  readonly scaleInvariant?: boolean;
  /** Whether the training diverged; it is seen from losses too. Default false. */
  readonly diverged?: boolean;
}

/** What clipping did in one layer. */
export interface LayerDiagnosis {
  readonly layer: string;
  readonly verdict: ClipVerdict;
  /** Mean share of clipped units in the warm-up, 0 to 1; 0 of no steps. */
  readonly warmupShare: number;
  /** The same after it. */
  readonly clippedShare: number;
}

/** What clipping did in a training; made by `diagnoseClipping`. */
export interface ClipDiagnosis {
  readonly verdict: ClipVerdict;
  /** Mean share of clipped units in the warm-up, 0 to 1, every layer counting alike; 0 of no steps. */
  readonly warmupShare: number;
  /** The same after it. */
  readonly clippedShare: number;
  /** Share of the steps after the warm-up at which anything was clipped, 0 to 1. */
  readonly activeSteps: number;
  /** What to multiply the threshold by in the next try; 1 to keep it. */
  readonly relaxBy: number;
  /** That threshold, where `threshold` was given. */
  readonly nextThreshold?: number;
  /** What to do, in sentences, the most important first. */
  readonly advice: readonly string[];
  /** In the order of the history. */
  readonly layers: readonly LayerDiagnosis[];
}
