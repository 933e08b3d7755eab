import { accuracyByBatch } from './accuracy-by-batch.js';
import { accuracyByThreshold } from './accuracy-by-threshold.js';
import { clipOGram } from './clip-o-gram.js';
import { clipRules } from './clip-rules.js';
import type { Figure, FigureMaker, LeftOutFigure } from './figure.js';
import type { FigureData } from './figure-data.js';
import { heatmap } from './heatmap.js';
import { importanceBars } from './importance-bars.js';
import { learningCurves } from './learning-curves.js';
import { parallelCoordinates } from './parallel-coordinates.js';
import { pareto } from './pareto.js';
import { ruleMaps } from './rule-maps.js';
import { slices } from './slices.js';
import { stabilityMap } from './stability-map.js';

const MAKERS: readonly FigureMaker[] = [
  heatmap,
  slices,
  accuracyByBatch,
  ruleMaps,
  clipRules,
  accuracyByThreshold,
  stabilityMap,
  learningCurves,
  clipOGram,
  pareto,
  parallelCoordinates,
  importanceBars,
];

/** All figures that apply to a sweep, in reading order, and why the others do not. */
export function makeFigures(data: FigureData): { readonly figures: Figure[]; readonly leftOut: LeftOutFigure[] } {
  const made = MAKERS.flatMap((make) => make(data) ?? []);
  return {
    figures: made.filter((each): each is Figure => 'draw' in each),
    leftOut: made.filter((each): each is LeftOutFigure => 'reason' in each),
  };
}
