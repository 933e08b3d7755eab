import { nearest } from '@nfnets/options';
import { axisOf } from '../../plan/index.js';
import { SweepError } from '../../sweep-error.js';
import type { Cell } from './cells.js';

/**
 * The cells among `cells` that have what `condition` says: `clipFactor=0.04`, or several with commas between, `clip.rule=agc,clip.threshold=0.04`.
 * Values are as tables write them. Pure.
 *
 * @throws SweepError that names `option`, for what no cell has.
 */
export function selectCells(cells: readonly Cell[], condition: string, option: string): Cell[] {
  const rows = cells.map(({ values }) => values);
  const paths = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const parts = condition.split(/,(?=[\w.]+=)/).map((part) => {
    const [, path, text] = /^([\w.]+)=(.*)$/s.exec(part) ?? [];
    if (path === undefined || text === undefined)
      throw new SweepError(`${option}: must look like key=value, for example clipFactor=0.04; got ${part}.`);
    if (!paths.includes(path)) {
      const near = nearest(path, paths);
      throw new SweepError(
        `${option}: must name a key of the trials, got ${path}${near ? `; did you mean ${near}?` : `. They have ${paths.join(', ')}.`}`,
      );
    }
    const { values, label } = axisOf(path, rows);
    const found = values.filter((value) => [label(value), String(value)].includes(text) || value === asNumber(text));
    if (found.length === 0)
      throw new SweepError(
        `${option}: ${path} must be one of the values that trials have (${values.map(label).join(', ')}), got ${text}.`,
      );
    return { path, found };
  });
  return cells.filter(({ values }) => parts.every(({ path, found }) => found.includes(values[path])));
}

const asNumber = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text));
