import type { CheckpointMetrics } from './checkpoint.js';

/** Figures by which a network is the best: the largest accuracy, the smallest loss; with `ema`, of the averages. */
export const BEST = [
  'accuracy',
  'loss',
  'emaAccuracy',
  'emaLoss',
] as const satisfies readonly (keyof CheckpointMetrics)[];

export type BestMetric = (typeof BEST)[number];

/**
 * Whether `value` is better than `best` by more than `minDelta`. What is missing or not finite never is, and everything else is better
 * than that.
 */
export function isBetter(
  metric: BestMetric,
  value: number | null | undefined,
  best: number | null | undefined,
  minDelta = 0,
): boolean {
  if (!isFiniteNumber(value)) return false;
  if (!isFiniteNumber(best)) return true;
  const sign = metric.toLowerCase().endsWith('loss') ? -1 : 1;
  return sign * (value - best) > minDelta;
}

/** The figure by which a checkpoint is the best; undefined if it has none, or the loss beside it is not finite: so is its network. */
export function scoreOf(metrics: CheckpointMetrics | undefined, metric: BestMetric): number | undefined {
  const value = metrics?.[metric];
  const loss = metrics?.[metric.startsWith('ema') ? 'emaLoss' : 'loss'];
  return isFiniteNumber(value) && isFiniteNumber(loss) ? value : undefined;
}

const isFiniteNumber = (value: unknown): value is number => Number.isFinite(value);
