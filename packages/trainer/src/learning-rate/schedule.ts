import { anything, assertInRange, checkOptions, integerFrom, numberIn, type OptionRules } from '@nfnets/options';

/** The learning rate at a step, counted from 0 and possibly between two steps. Pure. */
export interface Schedule {
  (step: number): number;
  /** Steps during which the rate still rises; the divergence detector waits for their end. */
  readonly warmupSteps?: number;
}

/** Options of {@link warmupCosine}. */
export interface WarmupCosineArgs {
  /** The rate at the end of the warm-up. */
  readonly maxLearningRate: number;
  /** The rate at `totalSteps` and after. Default 0. */
  readonly minLearningRate?: number;
  /** The rate at step 0, from which the warm-up rises. Default 0, the reference's: the first step then changes nothing. */
  readonly startLearningRate?: number;
  /** How often the cosine begins anew at the highest rate, in equal parts of the steps after the warm-up. Default 1. */
  readonly cycles?: number;
  /** Length of the warm-up in steps; may be a fraction: 5 epochs of 312.5 steps are 1562.5. */
  readonly warmupSteps: number;
  /** Steps of the run, of which {@link countSteps} knows how many they are; the rate stays at its lowest after them. */
  readonly totalSteps: number;
}

const RULES: OptionRules<WarmupCosineArgs> = {
  maxLearningRate: anything,
  minLearningRate: anything,
  startLearningRate: numberIn(0),
  cycles: integerFrom(1),
  warmupSteps: anything,
  totalSteps: anything,
};
const INSTEAD = { warmupEpochs: 'Give `warmupSteps`: epochs times the steps of one, which countSteps() tells.' };

/**
 * Makes the schedule `start + (max - start) * t / warmup` up to and including the warm-up's end, then half a cosine down to `min`:
 * `(max - min) / 2 * (1 + cos(pi * (t - warmup) / (total - warmup))) + min`, or several with `cycles` (Loshchilov & Hutter 2017).
 *
 * Brock et al. 2021, appendix A, with the rounding of their code: the length of the warm-up stays fractional.
 *
 * @throws RangeError or TypeError for options that it has not or cannot use.
 * @example
 * ```ts
 * import { warmupCosine } from '@nfnets/trainer';
 *
 * const schedule = warmupCosine({ maxLearningRate: 0.4, warmupSteps: 100, totalSteps: 1000 });
 * console.log(schedule(0), schedule(50), schedule(100), schedule(1000)); // 0 0.2 0.4 0
 * ```
 */
export function warmupCosine(args: WarmupCosineArgs): Schedule {
  checkOptions<WarmupCosineArgs>('warmupCosine', args, RULES, { instead: INSTEAD });
  const { maxLearningRate: max, minLearningRate: min = 0, startLearningRate: start = 0, cycles = 1 } = args;
  const { warmupSteps, totalSteps } = args;
  assertInRange('warmupCosine', 'maxLearningRate', max, 0);
  assertInRange('warmupCosine', 'minLearningRate', min, 0);
  assertInRange('warmupCosine', 'warmupSteps', warmupSteps, 0);
  assertInRange('warmupCosine', 'totalSteps', totalSteps, 0);
  if (min > max) {
    throw new RangeError(`warmupCosine: \`minLearningRate\` must be <= \`maxLearningRate\` (${max}), got ${min}.`);
  }
  if (start > max) {
    throw new RangeError(`warmupCosine: \`startLearningRate\` must be <= \`maxLearningRate\` (${max}), got ${start}.`);
  }
  if (warmupSteps >= totalSteps) {
    throw new RangeError(`warmupCosine: \`warmupSteps\` must be < \`totalSteps\` (${totalSteps}), got ${warmupSteps}.`);
  }
  const learningRate = (step: number): number => {
    if (step <= warmupSteps) return warmupSteps === 0 ? max : start + ((max - start) * step) / warmupSteps;
    const parts = ((step - warmupSteps) / (totalSteps - warmupSteps)) * cycles;
    const progress = parts < cycles ? parts % 1 : 1;
    return ((max - min) / 2) * (1 + Math.cos(Math.PI * progress)) + min;
  };
  return Object.assign(learningRate, { warmupSteps });
}

/**
 * Makes the schedule that is `learningRate` at every step.
 *
 * @param learningRate Finite and >= 0.
 * @throws TypeError or RangeError for another value.
 * @example
 * ```ts
 * import { constantSchedule, type Schedule } from '@nfnets/trainer';
 *
 * // A schedule is any function of the step.
 * const constant = constantSchedule(0.1);
 * const halved: Schedule = (step) => (step < 500 ? constant(step) : 0.05);
 * ```
 */
export function constantSchedule(learningRate: number): Schedule {
  assertInRange('constantSchedule', 'learningRate', learningRate, 0);
  return () => learningRate;
}
