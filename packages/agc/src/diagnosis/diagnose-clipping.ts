import { aBoolean, aText, checkOptions, integerFrom, positive, rule } from '@nfnets/options';
import { adviceOf, relaxed } from './advice.js';
import type { ClipDiagnosis, DiagnoseClippingArgs } from './clip-diagnosis.js';
import { assertHistory, type ClipHistoryStep, meanOf, meanShares, sharesByLayer } from './clip-history.js';
import { lossCourse } from './loss-course.js';
import { activeShare, verdictOf } from './verdicts.js';

const A_THRESHOLD = rule(
  'a finite number > 0, or a function that makes one',
  (value) => typeof value === 'function' || positive.holds(value),
);

/**
 * Tells from what a clip meter saw whether clipping suits a training: whether it did nothing, caught spikes, calmed the warm-up, or held
 * back what should have moved. Pure.
 *
 * Without losses it takes a threshold that clips much for one that is too tight, which it is not where the rate is so high that training
 * would break without it.
 *
 * @param history What was measured, a step an entry, in any order: `{ step, loss, layers: clipStats ?? [] }` of the `step-end` events of
 * `@nfnets/trainer`.
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
  const { relaxBy, advice } = adviceOf(seen, lossCourse(history), options);
  return {
    ...seen,
    relaxBy,
    ...(threshold === undefined ? {} : { nextThreshold: relaxed(threshold, relaxBy) }),
    advice,
  };
}
