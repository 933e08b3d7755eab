import type { AxisValue } from '../../plan/index.js';
import type { FigureData, Point } from './figure-data.js';
import { groupBy } from './group-by.js';

/** How good a clipping rule is at one batch size, and how much that depends on its threshold. */
export interface RuleAtBatch {
  readonly rule: string;
  readonly batchSize: number;
  /** The threshold that diverged least, and of those the most accurate; undefined where nothing has ended. */
  readonly best: Point | undefined;
  readonly threshold: AxisValue;
  /** Thresholds tried, and those of them whose mean accuracy is within a point of the best and that diverged as little. */
  readonly tried: number;
  readonly near: readonly AxisValue[];
}

/** Percentage points of accuracy that do not matter to whoever chooses a threshold. */
const POINT = 1;

/** Every rule at every batch size of a sweep, in the order of the axes. Pure. */
export function compareRules({ points, axes }: FigureData): RuleAtBatch[] {
  const rules = axes.find(({ path }) => path === 'clip.rule')?.values ?? [];
  return rules.flatMap((rule) =>
    [
      ...groupBy(
        points.filter(({ values }) => values['clip.rule'] === rule),
        ({ values }) => String(values['batchSize']),
      ).values(),
    ]
      .map((cells) => ruleAtBatch(String(rule), cells))
      .sort((a, b) => a.batchSize - b.batchSize),
  );
}

function ruleAtBatch(rule: string, cells: readonly Point[]): RuleAtBatch {
  const ended = cells.filter((cell) => cell.ended > 0);
  const best = ended.toSorted((a, b) => share(a) - share(b) || (b.mean ?? 0) - (a.mean ?? 0))[0];
  const near = ended.filter(
    (cell) => best?.mean !== undefined && share(cell) <= share(best) && (cell.mean ?? 0) >= best.mean - POINT,
  );
  return {
    rule,
    batchSize: Number(cells[0]!.values['batchSize']),
    best,
    threshold: best?.values['clip.threshold'],
    tried: ended.length,
    near: near.map(({ values }) => values['clip.threshold']).sort((a, b) => Number(a) - Number(b)),
  };
}

const share = ({ diverged, ended }: Point) => diverged / ended;
