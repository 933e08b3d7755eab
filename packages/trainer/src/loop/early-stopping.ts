import { checkOptions, integerFrom, numberIn, oneOf } from '@nfnets/options';
import { BEST, type BestMetric, isBetter } from '../checkpoints/best-metric.js';
import type { CheckpointMetrics, EarlyStoppingState } from '../checkpoints/checkpoint.js';

/** When a run is left because its evaluations do not get better. */
export interface EarlyStopping {
  /** Evaluations without improvement after which the run ends. */
  readonly patience: number;
  /** What must improve: a loss of the evaluation falls, an accuracy rises. Default `'loss'`. */
  readonly metric?: BestMetric;
  /** By how much it must do so to count. Default 0: by anything. */
  readonly minDelta?: number;
}

const RULES = { patience: integerFrom(1), metric: oneOf(BEST), minDelta: numberIn(0) };

/** Throws for options that cannot be used. */
export function assertEarlyStopping(who: string, options: EarlyStopping): void {
  checkOptions<EarlyStopping>(who, options, RULES, { required: ['patience'] });
}

/** Brings `state` up to date with an evaluation. A figure that is missing or not finite is no improvement. */
export function followImprovement(
  { metric = 'loss', minDelta = 0 }: EarlyStopping,
  state: EarlyStoppingState,
  metrics: CheckpointMetrics,
): void {
  const value = metrics[metric];
  if (isBetter(metric, value, state.best, minDelta)) Object.assign(state, { best: value, waited: 0 });
  else state.waited++;
}

/** Why a run should end; undefined while it should not. */
export function whyStop({ patience, metric = 'loss' }: EarlyStopping, state: EarlyStoppingState): string | undefined {
  if (state.waited < patience) return undefined;
  const so = state.best === null ? 'has not been finite' : `has not improved on ${Number(state.best.toPrecision(4))}`;
  return `${metric} ${so} for ${state.waited} evaluations`;
}
