// Records in; summary, tables, figures, pages and comparisons out. Pure, but for drawing pictures and writing them down.

export { axisColumns } from './axis-columns.js';
export { boundaryTable } from './boundary-table.js';
export { clippingLines } from './clipping/clipping-lines.js';
export { compareSweeps, valuesApart } from './compare/compare-sweeps.js';
export { comparisonFigure } from './compare/comparison-figure.js';
export { comparisonLines } from './compare/comparison-lines.js';
export { compareLosses } from './compare-losses.js';
export { epochTable, parquetColumns, trialTable } from './export-table.js';
export { paperSpec } from './figures/figure.js';
export { PRINT_SCALE } from './figures/figure-theme.js';
export { importanceLines } from './importance/importance-lines.js';
export { optunaJournal } from './optuna/optuna-journal.js';
export { pngRenderer } from './png-renderer.js';
export { renderSvg } from './render-figure.js';
export { STATE_STYLE } from './state-style.js';
export {
  type BestOfSweep,
  describeBest,
  nameOfBest,
  type SweepSummary,
  summarize,
  type TrialState,
  type TrialSummary,
} from './summarize.js';
export { summaryTable } from './summary-table.js';
export { DEFAULT_GOAL } from './verdict/default-goal.js';
export type { Answer, VerdictGoal } from './verdict/judge.js';
export { verdict } from './verdict/verdict.js';
export { verdictLines } from './verdict/verdict-lines.js';
export { type FigureFile, type Report, renderReport, writeReport } from './write-report.js';
