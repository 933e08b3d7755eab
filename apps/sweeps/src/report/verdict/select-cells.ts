import { rowCondition } from '../../plan/index.js';
import type { Cell } from './cells.js';

/**
 * The cells among `cells` that have what `condition` says: `clipFactor=0.04`, or several with commas between, `clip.rule=agc,clip.threshold=0.04`.
 * Values are as tables write them. Pure.
 *
 * @throws SweepError that names `option`, for what no cell has.
 */
export function selectCells(cells: readonly Cell[], condition: string, option: string): Cell[] {
  const rows = cells.map(({ values }) => values);
  const isMet = rowCondition(rows, condition, option);
  return cells.filter(({ values }) => isMet(values));
}
