import { seedsNote } from './accuracy-by-batch.js';
import { accuracyDomain } from './accuracy-domain.js';
import { compareRules, type RuleAtBatch } from './compare-rules.js';
import type { FigureMaker } from './figure.js';
import { COLUMN_WIDTH, CROSS, type FigureTheme } from './figure-theme.js';
import { groupBy } from './group-by.js';
import { labelExpression } from './line-figure.js';

/** Panels side by side, and what their axes and gaps take of the width. */
const COLUMNS = 3;
const PANEL_WIDTH = (COLUMN_WIDTH - 40 - 12 * COLUMNS) / COLUMNS;

/** Accuracy over batch size of each clipping rule at its best threshold, a panel a rule before all others in grey. */
export const clipRules: FigureMaker = (data) => {
  const name = 'rules';
  if (!data.axes.some(({ path }) => path === 'clip.rule')) return undefined;
  const compared = compareRules(data).filter(({ best }) => best?.mean !== undefined);
  if (compared.length === 0) return { name, reason: 'no trial of a clipping rule is done' };
  return {
    name,
    title: 'Clipping rules at their best thresholds',
    note: `${seedsNote(data).split(';')[0]!.replace(/\.$/, '')}. At each batch size the threshold that diverged least, and of those the most accurate; under a rule how many of its thresholds are within a point of that, batch by batch. All rules in grey. A cross stands for seeds that diverged even so.`,
    draw: (theme) => draw(theme, compared),
  };
};

function draw(theme: FigureTheme, compared: readonly RuleAtBatch[]): object {
  const rows = compared.map(({ rule, batchSize, best }) => ({
    rule,
    batch: batchSize,
    mean: best!.mean!,
    low: best!.mean! - best!.sd,
    high: best!.mean! + best!.sd,
    diverged: best!.diverged,
  }));
  const batches = [...new Set(rows.map(({ batch }) => batch))].sort((a, b) => a - b);
  const domain = accuracyDomain(rows.flatMap(({ low, high }) => [low, high]));
  const groups = [...groupBy(compared, ({ rule }) => rule)];
  const panels = groups.map(([rule, atBatches], i) => {
    const x = {
      field: 'batch',
      type: 'quantitative',
      title: i >= groups.length - COLUMNS ? 'batch size (images)' : null,
      scale: { type: 'log', base: 2, domain: [batches[0]! / 1.3, batches.at(-1)! * 1.3], nice: false },
      axis: { values: batches, grid: false, labelExpr: labelExpression(batches, String), labelOverlap: 'greedy' },
    };
    const y = {
      field: 'mean',
      type: 'quantitative',
      title: i % COLUMNS === 0 ? 'accuracy (%)' : null,
      scale: { domain, nice: false },
      axis: { tickCount: 4, labels: i % COLUMNS === 0, minExtent: i % COLUMNS === 0 ? 24 : 0 },
    };
    const own = rows.filter((row) => row.rule === rule);
    return {
      title: {
        text: rule === 'off' ? 'no clipping' : rule,
        subtitle: rule === 'off' ? '' : atBatches.map(({ near, tried }) => `${near.length}/${tried}`).join('  '),
        anchor: 'start',
        fontSize: 10,
        subtitleFontSize: 8.5,
        subtitleColor: theme.ink,
        offset: 3,
      },
      width: PANEL_WIDTH,
      height: 74,
      layer: [
        {
          data: { values: rows },
          mark: { type: 'line', strokeWidth: 1, color: theme.ink, opacity: 0.22 },
          encoding: { x, y, detail: { field: 'rule', type: 'nominal' } },
        },
        {
          data: { values: own },
          mark: { type: 'rule', strokeWidth: 1.2, color: OWN },
          encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' } },
        },
        {
          data: { values: own },
          mark: { type: 'line', strokeWidth: 2, color: OWN, point: { filled: true, size: 30, color: OWN } },
          encoding: { x, y },
        },
        {
          data: { values: own.filter(({ diverged }) => diverged > 0) },
          mark: { type: 'point', shape: CROSS, size: 40, strokeWidth: 1.6, fill: null, stroke: theme.ink, opacity: 1 },
          encoding: { x, y },
        },
      ],
    };
  });
  return { columns: COLUMNS, spacing: 12, concat: panels };
}

/** The first colour of the series of other figures. */
const OWN = '#0f7fc4';
