// Values as text for people. In: numbers, durations, rows. Out: figures with the digits that tell them apart, tables, lines
// that fit, colours where the terminal has them. Knows nothing of sweeps.

export {
  formatDuration,
  formatLoss,
  formatPercent,
  formatRate,
  formatWord,
  isFigure,
  numberFormat,
} from './format-values.js';
export { shellWord } from './shell-word.js';
export { type Column, type Paint, type PaintStyle, plainPaint, textTable } from './text-table.js';
export { wrapText } from './wrap-text.js';
