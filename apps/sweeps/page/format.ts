import { isFigure } from '../src/text/format-values.js';
import type { Axis, LiveTrial } from './messages.js';

/** How a value of `axis` is written: so that it differs from the others. */
export function formatValue(value: unknown, { values, labels }: Axis): string {
  const place = values.findIndex((each) => each === value || (each ?? value ?? null) === null);
  return labels[place] ?? String(value);
}

/** A value of a config, with all its digits. */
export const formatExact = (value: unknown): string => String(value ?? 'default');

export const formatPercent = (share: number | null | undefined): string =>
  isFigure(share) ? (100 * share).toFixed(1) : '–';

export function formatLoss(loss: number | null | undefined): string {
  if (loss === undefined) return '–';
  if (!isFigure(loss)) return 'NaN';
  return Math.abs(loss) < 1000 ? loss.toFixed(3) : loss.toExponential(1);
}

/** `48s`, `3m 20s`, `2h 05m`. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h ${two(Math.floor((whole % 3600) / 60))}m`;
}

/** How long a trial took, or has taken so far. */
export function tookSeconds({ startedAt, endedAt, secondsBefore = 0, state }: LiveTrial): number | undefined {
  if (startedAt === undefined || (endedAt === undefined && state !== 'running')) return undefined;
  return ((endedAt === undefined ? Date.now() : Date.parse(endedAt)) - Date.parse(startedAt)) / 1000 + secondsBefore;
}

/** `clip 0.01, batch 256`; `places` say which of the trial's values are those of `axes`. */
export const nameOfTrial = (
  { values }: LiveTrial,
  axes: readonly Axis[],
  places: readonly number[] = axes.map((_, i) => i),
): string => axes.map((axis, i) => `${axis.short} ${formatValue(values[places[i]!], axis)}`).join(', ');
