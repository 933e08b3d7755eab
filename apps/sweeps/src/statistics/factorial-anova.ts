/** Shares of the variance of the cells of a full grid, which add up to 1. */
interface VarianceShares {
  /** What each axis explains alone. */
  readonly main: readonly number[];
  /** What only two or more axes together explain. */
  readonly interactions: number;
}

/**
 * The functional ANOVA of a full grid (Hooker 2007; Hutter et al. 2014), every combination of levels as heavy as any other: exact, for all
 * are there. Pure. All shares are 0 where all cells are equal.
 *
 * @param levels How many levels each axis has.
 * @param value What the cell with these levels has.
 */
export function varianceShares(levels: readonly number[], value: (cell: readonly number[]) => number): VarianceShares {
  const count = levels.reduce((product, length) => product * length, 1);
  const sums = levels.map((length) => new Array<number>(length).fill(0));
  const values = Array.from({ length: count }, (_, i) => {
    const cell = levels.map((length, axis) => Math.floor(i / strideOf(levels, axis)) % length);
    const own = value(cell);
    for (const [axis, level] of cell.entries()) sums[axis]![level]! += own;
    return own;
  });
  const mean = values.reduce((sum, own) => sum + own, 0) / count;
  const total = values.reduce((sum, own) => sum + (own - mean) ** 2, 0) / count;
  // What differs by rounding alone has no shares.
  if (!(total > 1e-24 * (1 + mean * mean))) return { main: levels.map(() => 0), interactions: 0 };
  const main = sums.map((perLevel) => {
    const means = perLevel.map((sum) => (sum * perLevel.length) / count);
    return means.reduce((sum, level) => sum + (level - mean) ** 2, 0) / perLevel.length / total;
  });
  return { main, interactions: Math.max(0, 1 - main.reduce((sum, share) => sum + share, 0)) };
}

const strideOf = (levels: readonly number[], axis: number): number =>
  levels.slice(axis + 1).reduce((product, length) => product * length, 1);
