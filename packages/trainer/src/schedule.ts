import { assertInRange } from './check-option.js';

/** The learning rate at a step, counted from 0 and possibly between two steps. Pure. */
export interface Schedule {
  (step: number): number;
  /** Steps during which the rate still rises; the divergence detector waits for their end. */
  readonly warmupSteps?: number;
}

export interface WarmupCosineArgs {
  /** The rate at the end of the warm-up. */
  readonly maxLearningRate: number;
  /** The rate at `totalSteps` and after. Default 0. */
  readonly minLearningRate?: number;
  /** Length of the warm-up in steps; may be a fraction: 5 epochs of 312.5 steps are 1562.5. */
  readonly warmupSteps: number;
  readonly totalSteps: number;
}

/**
 * Makes the schedule `max * t / warmup` up to and including the warm-up's end, then half a cosine down to `min`:
 * `(max - min) / 2 * (1 + cos(pi * (t - warmup) / (total - warmup))) + min`.
 *
 * Brock et al. 2021, appendix A, with the rounding of their code: the length of the warm-up stays fractional.
 */
export function warmupCosine(args: WarmupCosineArgs): Schedule {
  const { maxLearningRate: max, minLearningRate: min = 0, warmupSteps, totalSteps } = args;
  assertInRange('warmupCosine', 'maxLearningRate', max, 0);
  assertInRange('warmupCosine', 'minLearningRate', min, 0);
  assertInRange('warmupCosine', 'warmupSteps', warmupSteps, 0);
  assertInRange('warmupCosine', 'totalSteps', totalSteps, 0);
  if (min > max) {
    throw new RangeError(`warmupCosine: \`minLearningRate\` must be <= \`maxLearningRate\` (${max}), got ${min}.`);
  }
  if (warmupSteps >= totalSteps) {
    throw new RangeError(`warmupCosine: \`warmupSteps\` must be < \`totalSteps\` (${totalSteps}), got ${warmupSteps}.`);
  }
  const learningRate = (step: number): number => {
    if (step <= warmupSteps) return warmupSteps === 0 ? max : (max * step) / warmupSteps;
    const progress = Math.min(1, (step - warmupSteps) / (totalSteps - warmupSteps));
    return ((max - min) / 2) * (1 + Math.cos(Math.PI * progress)) + min;
  };
  return Object.assign(learningRate, { warmupSteps });
}

/** Makes the schedule that is `learningRate` at every step. */
export function constantSchedule(learningRate: number): Schedule {
  assertInRange('constantSchedule', 'learningRate', learningRate, 0);
  return () => learningRate;
}
