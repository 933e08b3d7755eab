import { countSteps, scaleLearningRate } from '@nfnets/trainer';
import {
  assertConfig,
  isOwnTrial,
  type SweepConfig,
  type Trial,
  type TrialConfig,
  withValueAtKey,
} from '../schema/index.js';
import { contentHash } from './canonical-json.js';
import { canonicalTrial } from './canonical-trial.js';
import { matchesCondition } from './conditions.js';
import { drawPoints, type Point } from './draw-points.js';
import { withReferences } from './trial-references.js';

/**
 * Lists the trials of a sweep: every point of its axes over the base values, each with every seed and repeat, the first axis
 * (in the order of the schema) outermost.
 *
 * Pure: the id of a trial depends on nothing but its own values, so another axis value only adds trials.
 *
 * @param config What {@link loadSweepConfig} reads, which has told where wrong values are written.
 * @throws SweepError for values that no trial can have; TypeError for what is no config.
 * @example
 * ```ts
 * import { loadSweepConfig, planTrials } from '@nfnets/sweeps';
 *
 * for (const { id, config } of planTrials(await loadSweepConfig('quickstart.yaml')))
 *   console.log(id, config.clipFactor, config.batchSize);
 * ```
 */
export function planTrials(config: SweepConfig): Trial[] {
  assertConfig('planTrials', config);
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
      learningRate: isOwnTrial(canonical)
        ? 0
        : scaleLearningRate({ ...canonical.learningRate, batchSize: canonical.batchSize }),
      stepsPerEpoch,
      steps,
    },
  };
}

/** Where the images lie does not decide what is computed. */
function trialId(config: TrialConfig): string {
  if (isOwnTrial(config)) return contentHash(config);
  const {
    dataset: { path: _, ...dataset },
    ...others
  } = config;
  return contentHash({ ...others, dataset });
}

/** How long a trial trains, by whichever of `epochs`, `steps` and `samples` it says; `epochs` counts a last part of one. */
export function trialBudget(config: TrialConfig): { stepsPerEpoch: number; steps: number; epochs: number } {
  if (isOwnTrial(config)) {
    // For progress alone: a function of one's own may say how many steps it makes by a parameter of that name.
    const { steps: asked } = config as { readonly steps?: unknown };
    const steps = Number.isInteger(asked) && (asked as number) > 0 ? (asked as number) : 1;
    return { stepsPerEpoch: 1, steps, epochs: steps };
  }
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
    for (const seed of seeds) {
      const placed = placePoint(config, seed === undefined ? point : { ...point, seed });
      if (config.exclude?.some((condition) => matchesCondition(placed, condition))) continue;
      for (let repeat = 1; repeat <= (config.repeats ?? 1); repeat++) yield { ...placed, repeat };
    }
  }
}

/** The base values with those of `point`, of the axes that count there, and with what refers to other keys of the same trial. */
function placePoint({ trial, when = {}, references = {} }: SweepConfig, point: Point): TrialConfig {
  const place = (keys: readonly string[]): TrialConfig => {
    const placed = keys.reduce<TrialConfig>((c, key) => withValueAtKey(c, key, point[key]), trial);
    const isSet = (key: string) =>
      keys.some((set) => set === key || key.startsWith(`${set}.`) || set.startsWith(`${key}.`));
    return withReferences(placed, references, isSet);
  };
  const keys = Object.keys(point);
  let counted = keys;
  // An axis that does not count may be what others wait for: no longer than there are axes, since none waits for itself.
  for (const _ of keys) {
    const placed = place(counted);
    const next = keys.filter((key) => when[key] === undefined || matchesCondition(placed, when[key]));
    if (next.length === counted.length && next.every((key, i) => key === counted[i])) return placed;
    counted = next;
  }
  return place(counted);
}
