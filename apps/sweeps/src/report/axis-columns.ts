import { type Axis, type AxisValue, valuesOf } from '../plan/index.js';
import type { Column } from '../text/index.js';

/** Longer values, a list of layers say, are cut where they differ before. */
const MOST_CHARACTERS = 40;

/** A column for each of `axes`. */
export const axisColumns = (axes: readonly Axis[]): Column<{ readonly config: object }>[] =>
  axes.map(({ path, short, values, label }) => {
    const cut = (value: AxisValue) => cutText(label(value), MOST_CHARACTERS);
    const isApart = new Set(values.map(cut)).size === values.length;
    const text = isApart ? cut : label;
    return { title: short, align: 'right', cell: ({ config }) => text(valuesOf(config)[path]) };
  });

const cutText = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
