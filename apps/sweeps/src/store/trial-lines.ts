import { fromJson, numberOf, toJson } from '@nfnets/json-numbers';
import type { MetricsLine, TrialEvent } from '../schema/index.js';

/** What is meant to be a number in a line, and may be one that is not finite. */
const FIGURES = ['loss', 'trainLoss', 'accuracy', 'emaLoss', 'emaAccuracy', 'learningRate'] as const;

/** `event` as a line of JSON, for `metrics.jsonl` and for the channel to the sweep's process. */
export const trialLine = (event: TrialEvent | MetricsLine): string => toJson(event);

/**
 * What {@link trialLine} wrote. A figure that is `null`, as older versions wrote NaN, or no number at all, is NaN. Undefined for
 * text that is no such line: cut short, or of another file.
 */
export function readTrialLine<Line extends TrialEvent | MetricsLine>(text: string): Line | undefined {
  let value: unknown;
  try {
    value = fromJson(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const line = value as Record<string, unknown>;
  const { type, layers } = line;
  if (typeof type !== 'string' || (type !== 'engine' && !Number.isFinite(line['step']))) return undefined;
  if (type === 'clip' && (typeof layers !== 'object' || layers === null)) return undefined;
  if (type === 'clip') readLargest(line);
  for (const figure of FIGURES) if (figure in line) line[figure] = numberOf(line[figure]);
  // A line of steps without a loss is one that lost it.
  if (type === 'step' || type === 'epoch') line['loss'] ??= Number.NaN;
  return line as unknown as Line;
}

/** Older lines have no largest ratios. */
function readLargest(line: Record<string, unknown>): void {
  const { largest } = line;
  if (typeof largest === 'object' && largest !== null)
    line['largest'] = Object.fromEntries(Object.entries(largest).map(([layer, ratio]) => [layer, numberOf(ratio)]));
  else delete line['largest'];
}
