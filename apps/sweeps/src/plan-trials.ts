import { countSteps, scaleLearningRate } from '@nfnets/trainer';
import { contentHash } from './canonical-json.js';
import { canonicalTrial } from './canonical-trial.js';
import { matchesCondition } from './conditions.js';
import { drawPoints, type Point } from './draw-points.js';
import type { SweepConfig, TrialConfig } from './sweep-schema.js';
import { valueAtKey, withValueAtKey } from './trial-keys.js';

/** One training run to make. */
export interface Trial {
  /** Hash of `config`: the same work has the same id in every plan. */
  readonly id: string;
  readonly config: TrialConfig;
  /** Numbers that follow from `config`, recorded beside the rules that gave them. */
  readonly derived: {
    /** Peak learning rate, by `config.learningRate.rule`. */
    readonly learningRate: number;
    readonly stepsPerEpoch: number;
    readonly steps: number;
  };
}

/**
 * The trials of a sweep: every point of its axes over the base values, each with every seed and repeat, the first axis
 * (in the order of the schema) outermost.
 *
 * Pure: the id of a trial depends on nothing but its own values, so another axis value only adds trials.
 */
export function planTrials(config: SweepConfig): Trial[] {
  const trials = new Map<string, Trial>();
  for (const trialConfig of trialConfigs(config)) {
    const trial = planTrial(trialConfig);
    // Points that differ only in what has no effect are one trial.
    if (!trials.has(trial.id)) trials.set(trial.id, trial);
  }
  return [...trials.values()];
}

/** The trial of `config`, with its id and what follows from it. */
export function planTrial(config: TrialConfig): Trial {
  const canonical = canonicalTrial(config);
  const { stepsPerEpoch, steps } = trialBudget(canonical);
  return {
    id: trialId(canonical),
    config: canonical,
    derived: {
      learningRate: scaleLearningRate({ ...canonical.learningRate, batchSize: canonical.batchSize }),
      stepsPerEpoch,
      steps,
    },
  };
}

/** Where the images lie does not decide what is computed. */
function trialId({ dataset: { path: _, ...dataset }, ...config }: TrialConfig): string {
  return contentHash({ ...config, dataset });
}

/** How long a trial trains, by whichever of `epochs`, `steps` and `samples` it says; `epochs` counts a last part of one. */
export function trialBudget(config: TrialConfig): { stepsPerEpoch: number; steps: number; epochs: number } {
  const { batchSize, dataset } = config;
  // As in the paper, images left over at the end of an epoch are dropped: a last batch of a few images would get the
  // learning rate of a full one.
  const stepsPerEpoch = countSteps({ data: { length: dataset.train }, epochs: 1, batchSize });
  const steps =
    config.steps ??
    (config.samples === undefined ? (config.epochs ?? 0) * stepsPerEpoch : Math.floor(config.samples / batchSize));
  return { stepsPerEpoch, steps, epochs: config.epochs ?? Math.ceil(steps / stepsPerEpoch) };
}

/** The seeds that every point is trained with. */
export function sweepSeeds({ seeds = 1, trial }: SweepConfig): readonly number[] {
  return typeof seeds === 'number' ? Array.from({ length: seeds }, (_, i) => trial.seed + i) : seeds;
}

/** The configs of all trials of a sweep, before equal ones are found. */
export function* trialConfigs(config: SweepConfig): Generator<TrialConfig> {
  // A seed decides initial weights and order: the trials of one seed are paired across all points.
  const seeds = 'seed' in config.axes ? [undefined] : sweepSeeds(config);
  for (const point of drawPoints(config)) {
    const placed = placePoint(config, point);
    if (config.exclude?.some((condition) => matchesCondition(placed, condition))) continue;
    for (const seed of seeds) {
      for (let repeat = 1; repeat <= (config.repeats ?? 1); repeat++) {
        yield { ...placed, ...(seed === undefined ? {} : { seed }), repeat };
      }
    }
  }
}

/** The base values with those of `point`, of the axes that count there. */
function placePoint({ trial, when = {} }: SweepConfig, point: Point): TrialConfig {
  const placed = Object.entries(point).reduce<TrialConfig>((c, [key, value]) => withValueAtKey(c, key, value), trial);
  return Object.entries(when).reduce<TrialConfig>(
    (c, [key, condition]) =>
      key in point && !matchesCondition(placed, condition) ? withValueAtKey(c, key, valueAtKey(trial, key)) : c,
    placed,
  );
}
