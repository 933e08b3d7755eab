import { show } from '@nfnets/options';
import type { LayerClipStats } from '../contract/clip-measurement.js';

/** What a clip meter saw at one step. */
export interface ClipHistoryStep {
  /** Which step it was, from 0. */
  readonly step: number;
  /** What the meter read; empty where it was not asked. */
  readonly layers: readonly LayerClipStats[];
  /** The training loss of the step, where it is known: it tells a threshold that holds back from one that holds together. */
  readonly loss?: number;
}

/** Shares of clipped units, 0 to 1, of one layer at the steps that were measured. */
export interface LayerShares {
  readonly layer: string;
  readonly inWarmup: readonly number[];
  readonly afterWarmup: readonly number[];
}

/** Takes `history` apart by layer, in the order in which layers first occur. */
export function sharesByLayer(history: readonly ClipHistoryStep[], warmupSteps: number): LayerShares[] {
  const layers = new Map<string, { inWarmup: number[]; afterWarmup: number[] }>();
  for (const { step, layers: stats } of history) {
    for (const { layer, units, clippedUnits } of stats) {
      const shares = layers.get(layer) ?? { inWarmup: [], afterWarmup: [] };
      layers.set(layer, shares);
      if (units > 0) (step < warmupSteps ? shares.inWarmup : shares.afterWarmup).push(clippedUnits / units);
    }
  }
  return [...layers].map(([layer, shares]) => ({ layer, ...shares }));
}

/** The mean share over the layers of each step, every layer counting alike. */
export function meanShares(
  history: readonly ClipHistoryStep[],
  warmupSteps: number,
): Pick<LayerShares, 'inWarmup' | 'afterWarmup'> {
  const shares: { readonly step: number; readonly share: number }[] = history.flatMap(({ step, layers }) => {
    const measured = layers.filter(({ units }) => units > 0);
    return measured.length === 0
      ? []
      : { step, share: meanOf(measured.map(({ units, clippedUnits }) => clippedUnits / units)) };
  });
  return {
    inWarmup: shares.flatMap(({ step, share }) => (step < warmupSteps ? share : [])),
    afterWarmup: shares.flatMap(({ step, share }) => (step < warmupSteps ? [] : share)),
  };
}

/** 0 of none. */
export const meanOf = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

/** Fails where `history` is not what a meter gives. */
export function assertHistory(who: string, history: unknown): asserts history is readonly ClipHistoryStep[] {
  const way =
    'Give a list of { step, layers, loss }, layers being what clipStats or the `read` of clipMeter gave at that step.';
  if (!Array.isArray(history))
    throw new TypeError(`${who}: \`history\` must be a list of steps, got ${show(history)}. ${way}`);
  for (const [i, entry] of history.entries()) {
    const { step, layers, loss } = (entry ?? {}) as Partial<ClipHistoryStep>;
    if (!Number.isSafeInteger(step) || step! < 0)
      throw new TypeError(`${who}: \`history[${i}].step\` must be a whole number from 0, got ${show(step)}. ${way}`);
    if (!Array.isArray(layers))
      throw new TypeError(`${who}: \`history[${i}].layers\` must be a list of layers, got ${show(layers)}. ${way}`);
    if (loss !== undefined && typeof loss !== 'number')
      throw new TypeError(`${who}: \`history[${i}].loss\` must be a number, got ${show(loss)}. ${way}`);
    for (const [j, stats] of layers.entries()) {
      const { layer, units, clippedUnits } = (stats ?? {}) as Partial<LayerClipStats>;
      const at = `\`history[${i}].layers[${j}]\``;
      if (typeof layer !== 'string')
        throw new TypeError(`${who}: ${at} must have the name of a \`layer\`, got ${show(layer)}. ${way}`);
      if (!(units! >= 0 && clippedUnits! >= 0 && clippedUnits! <= units!))
        throw new RangeError(
          `${who}: ${at} must have \`clippedUnits\` from 0 to its \`units\`, got ${show(clippedUnits)} of ${show(units)}. ${way}`,
        );
    }
  }
}
