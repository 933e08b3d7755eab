import { aBoolean, aText, checkOptions, integerFrom, positive, rule } from '@nfnets/options';
import { adviceOf, relaxed } from './advice.js';
import { assertHistory, type ClipHistoryStep, meanOf, meanShares, sharesByLayer } from './clip-history.js';
import { activeShare, type ClipVerdict, verdictOf } from './verdicts.js';

/** Options of {@link diagnoseClipping}: what is known of the training. */
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
  /** Whether the training diverged. Default false. */
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

/** What clipping did in a training; made by {@link diagnoseClipping}. */
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

const A_THRESHOLD = rule(
  'a finite number > 0, or a function that makes one',
  (value) => typeof value === 'function' || positive.holds(value),
);

/**
 * Tells from what a clip meter saw whether clipping suits a training: whether it did nothing, caught spikes, calmed the warm-up, or held
 * back what should have moved. Pure.
 *
 * @param history What was measured, a step an entry, in any order: `{ step, layers: clipStats }` of the `step-end` events of `@nfnets/trainer`.
 * @param options What is known of the training. Default nothing.
 * @throws TypeError or RangeError for a history that no meter gives, or an option that is unknown or out of its range.
 * @example
 * ```ts
 * import { diagnoseClipping } from '@nfnets/agc';
 *
 * const history = [0, 50, 100].map((step) => ({
 *   step,
 *   layers: [{ layer: 'stem', units: 16, clippedUnits: 16, largestRatio: 3 }],
 * }));
 * const { verdict, nextThreshold } = diagnoseClipping(history, { threshold: 0.01 });
 * console.log(verdict, nextThreshold); // nearly always 0.04
 * ```
 */
export function diagnoseClipping(
  history: readonly ClipHistoryStep[],
  options: DiagnoseClippingArgs = {},
): ClipDiagnosis {
  assertHistory('diagnoseClipping', history);
  checkOptions<DiagnoseClippingArgs>(
    'diagnoseClipping',
    options,
    {
      warmupSteps: integerFrom(0),
      threshold: A_THRESHOLD,
      classifier: aText,
      scaleInvariant: aBoolean,
      diverged: aBoolean,
    },
    { instead: { clipFactor: 'It is `threshold` here.', maxNorm: 'It is `threshold` here.' } },
  );
  const { warmupSteps = 0, threshold } = options;
  const layers = sharesByLayer(history, warmupSteps).map(({ layer, inWarmup, afterWarmup }) => ({
    layer,
    verdict: verdictOf(inWarmup, afterWarmup),
    warmupShare: meanOf(inWarmup),
    clippedShare: meanOf(afterWarmup),
  }));
  const { inWarmup, afterWarmup } = meanShares(history, warmupSteps);
  const seen = {
    verdict: verdictOf(inWarmup, afterWarmup),
    warmupShare: meanOf(inWarmup),
    clippedShare: meanOf(afterWarmup),
    activeSteps: activeShare(afterWarmup),
    layers,
  };
  const { relaxBy, advice } = adviceOf(seen, options);
  return {
    ...seen,
    relaxBy,
    ...(threshold === undefined ? {} : { nextThreshold: relaxed(threshold, relaxBy) }),
    advice,
  };
}
