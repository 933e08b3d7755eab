import { numberOf } from '@nfnets/json-numbers';
import { assertEvent } from './assert-argument.js';
import type { RunEvent } from './run-event.js';

/**
 * Names the figures of an event as TensorBoard and MLflow show them: `train/loss`, `train/learningRate`,
 * `train/imagesPerSecond`, `clip/clippedShare`, `clip/largestRatio/LAYER`; `epoch/meanLoss`, and every number of an
 * evaluation as `evaluation/NAME` and `emaEvaluation/NAME`.
 *
 * @param event An event of a run, such as `train` of `@nfnets/trainer` yields.
 * @throws TypeError for what is no event.
 * @example
 * ```ts
 * import { eventMetrics } from '@nfnets/tracking';
 *
 * console.log(eventMetrics({ type: 'step-end', step: 3, loss: 2.1, samples: 64, seconds: 0.5 }));
 * // { 'train/loss': 2.1, 'train/imagesPerSecond': 128 }
 * ```
 */
export function eventMetrics(event: RunEvent): Record<string, number> {
  assertEvent('eventMetrics', event);
  if (event.type === 'step-end') return { ...stepMetrics(event), ...clipMetrics(event) };
  if (event.type !== 'epoch-end') return {};
  return {
    ...(event.meanLoss !== undefined && { 'epoch/meanLoss': numberOf(event.meanLoss)! }),
    ...numbersOf('evaluation', event.evaluation),
    ...numbersOf('emaEvaluation', event.emaEvaluation),
  };
}

function stepMetrics({ loss, learningRate, samples, seconds }: RunEvent): Record<string, number> {
  const rate = samples !== undefined && seconds !== undefined && seconds > 0 ? samples / seconds : undefined;
  const metrics = {
    'train/loss': numberOf(loss),
    'train/learningRate': numberOf(learningRate),
    'train/imagesPerSecond': rate,
  };
  return Object.fromEntries(
    Object.entries(metrics).filter((entry): entry is [string, number] => entry[1] !== undefined),
  );
}

function clipMetrics({ clipStats = [] }: RunEvent): Record<string, number> {
  if (!Array.isArray(clipStats) || clipStats.length === 0) return {};
  const sum = (key: 'units' | 'clippedUnits') => clipStats.reduce((total, stats) => total + stats[key], 0);
  const ratios = clipStats.map(({ layer, largestRatio }) => [`clip/largestRatio/${layer}`, largestRatio] as const);
  return { 'clip/clippedShare': sum('clippedUnits') / sum('units'), ...Object.fromEntries(ratios) };
}

function numbersOf(group: string, figures: object | null = {}): Record<string, number> {
  const entries = Object.entries(figures ?? {}).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  );
  return Object.fromEntries(entries.map(([name, value]) => [`${group}/${name}`, value]));
}
