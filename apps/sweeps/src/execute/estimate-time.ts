import { canonicalJson, trialBudget } from '../plan/index.js';
import {
  hasDiverged,
  isFinished,
  isOwnTrial,
  type ProgressLine,
  type Trial,
  type TrialConfig,
  type TrialRecord,
  trialSeconds,
} from '../schema/index.js';
import { readMetrics, readStatus, runFiles } from '../store/index.js';

/** What a trial took, in seconds. */
export interface TrialTiming {
  readonly config: TrialConfig;
  /** From the start of the process to its first step. */
  readonly start: number;
  readonly step: number;
  /** The evaluation after an epoch. */
  readonly evaluation: number;
}

/** What the time of a step depends on: trials that have it in common are one kind. */
export const kindOf = (config: TrialConfig): string => {
  // Of a function of one's own any parameter may cost time: trials are taken for alike.
  if (isOwnTrial(config)) return canonicalJson(config.module);
  const { model, dataset, batchSize, step, microBatch, ema, precision } = config;
  const { name: images, test, imageSize, testSize, augment } = dataset;
  return canonicalJson({
    ...{ model, images, test, imageSize, testSize, augment },
    ...{ batchSize, step, microBatch, ema, precision },
  });
};

/**
 * Seconds that `trials` will take, `parallel` at a time: each as long as one of its kind, else as the one of its model with
 * the nearest batch size, in proportion to the batch. Undefined without a trial of some model. Pure.
 */
export function estimateSeconds(
  trials: readonly Trial[],
  timings: readonly TrialTiming[],
  parallel: number,
): number | undefined {
  const byKind = new Map(timings.map((timing) => [kindOf(timing.config), timing]));
  let sum = 0;
  for (const { config } of trials) {
    const timing = byKind.get(kindOf(config)) ?? nearest(config, timings);
    if (timing === undefined) return undefined;
    const { steps, epochs } = trialBudget(config);
    const step = isOwnTrial(config) ? timing.step : (timing.step * config.batchSize) / timing.config.batchSize;
    sum += timing.start + steps * step + epochs * timing.evaluation;
  }
  return sum / Math.max(1, Math.min(parallel, trials.length));
}

function nearest(config: TrialConfig, timings: readonly TrialTiming[]): TrialTiming | undefined {
  const distance = (timing: TrialTiming) => Math.abs(Math.log(timing.config.batchSize / config.batchSize));
  return timings
    .filter((timing) => timing.config.model === config.model)
    .toSorted((a, b) => distance(a) - distance(b))[0];
}

/** The timings of one finished trial of each kind among `records`. */
export function readTimings(dir: string, records: readonly TrialRecord[]): TrialTiming[] {
  const timings = new Map<string, TrialTiming>();
  for (const { trial, status } of records) {
    const kind = kindOf(trial.config);
    if (timings.has(kind) || !isFinished(status) || hasDiverged(status)) continue;
    const timing = readTiming(runFiles(dir).trial(trial.id), trial.config);
    if (timing) timings.set(kind, timing);
  }
  return [...timings.values()];
}

/** What the trial in `dir` took; undefined when it has not made two steps. */
export function readTiming(dir: string, config: TrialConfig): TrialTiming | undefined {
  const status = readStatus(dir);
  const lines = readMetrics(dir).filter((line): line is ProgressLine => line.type !== 'clip');
  const gaps = (type: ProgressLine['type']) =>
    lines.flatMap((line, i) =>
      i > 0 && line.type === type && (type === 'epoch' || lines[i - 1]!.type === 'step')
        ? line.seconds - lines[i - 1]!.seconds
        : [],
    );
  const steps = gaps('step').filter(Number.isFinite);
  if (steps.length === 0) return undefined;
  const start = ((status && trialSeconds(status)) ?? 0) - lines.at(-1)!.seconds;
  return {
    config,
    start: Math.max(0, start) || 0,
    step: median(steps),
    evaluation: median(gaps('epoch').filter(Number.isFinite)),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}
