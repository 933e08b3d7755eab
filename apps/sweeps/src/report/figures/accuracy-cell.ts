import { onePointApart } from './accuracy-domain.js';
import type { Point } from './figure-data.js';
import type { FigureTheme } from './figure-theme.js';

/** Colours reach this many percentage points below the best; a collapsed trial would flatten all others else. */
const COLOUR_RANGE = 20;

/** What a cell shows: kind, two lines of text of at most `room` characters, and what they stand on. */
export function accuracyCell(
  { mean, sd, done, diverged, ended, trials }: Point,
  { middle, room }: { readonly middle: number; readonly room: number },
) {
  if (mean !== undefined) {
    const share = done < trials.length ? `${done}/${trials.length}` : '';
    const spread = done > 1 ? `± ${sd.toFixed(1)}` : '';
    const both = [spread, share].filter((text) => text !== '').join(', ');
    return {
      kind: 'done',
      accuracy: mean,
      first: mean.toFixed(1),
      second: both.length <= room || share === '' ? both : share,
      // The upper half of viridis is bright.
      ground: mean > middle ? 'onBright' : 'onDark',
    };
  }
  if (diverged > 0) {
    const steps = trials.filter(({ state }) => state === 'diverged').map(({ step }) => step);
    const second = trials.length === 1 ? `step ${steps[0]}` : `${diverged}/${ended}`;
    return { kind: 'diverged', first: '', second, ground: 'other' };
  }
  const states = [...new Set(trials.map(({ state }) => (state === 'queued' ? 'not run' : state)))];
  return { kind: 'other', first: '', second: states.join(', '), ground: 'other' };
}

/** Lowest and highest accuracy that get a colour of their own, in %, at least one point apart. */
export function colourDomain(points: readonly Point[]): [number, number] {
  const values = points.flatMap(({ mean }) => mean ?? []);
  if (values.length === 0) return [0, 100];
  const high = Math.max(...values);
  const low = Math.max(Math.min(...values), high - COLOUR_RANGE);
  return onePointApart(low, high).map((value) => Math.round(value * 10) / 10) as [number, number];
}

/** The colour of a cell by its accuracy, with the legend; below the lowest colour lie all worse accuracies, if `isClamped` there are some. */
export const accuracyColour = ([low, high]: readonly [low: number, high: number], isClamped: boolean): object => ({
  field: 'accuracy',
  type: 'quantitative',
  scale: { scheme: 'viridis', domain: [low, high], clamp: true },
  legend: {
    title: 'test accuracy (%)',
    orient: 'top',
    direction: 'horizontal',
    gradientLength: 150,
    gradientThickness: 7,
    values: [low, (low + high) / 2, high],
    format: '.1f',
    ...(isClamped ? { labelExpr: `datum.value <= ${low} ? '≤ ' + datum.label : datum.label` } : {}),
  },
});

/** A cell without accuracy. */
export const emptyMark = ({ empty, muted }: FigureTheme): object => ({
  type: 'rect',
  fill: empty,
  stroke: muted,
  strokeWidth: 0.7,
  strokeDash: [3, 3],
  cornerRadius: 2,
});
