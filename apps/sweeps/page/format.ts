import { formatWord } from '../src/format-values.js';
import type { Axis, LiveTrial } from './messages.js';

export const formatValue = (value: unknown): string =>
  typeof value === 'number'
    ? String(Number(value.toPrecision(4)))
    : value === null || value === undefined
      ? 'default'
      : formatWord(String(value));

export const formatPercent = (share: number | undefined): string =>
  share === undefined ? '–' : (100 * share).toFixed(1);

export function formatLoss(loss: number | null | undefined): string {
  if (loss === undefined) return '–';
  if (loss === null) return 'NaN';
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

/** `clip 0.01, batch 256`. */
export const nameOfTrial = ({ values }: LiveTrial, axes: readonly Axis[]): string =>
  axes.map(({ short }, i) => `${short} ${formatValue(values[i])}`).join(', ');
