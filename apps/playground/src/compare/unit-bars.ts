/** A unit in a strip. */
export interface UnitBar {
  /** Height, 0 to 1, on a logarithmic scale. */
  readonly height: number;
  readonly isClipped: boolean;
}

/** The ends of a strip's scale: ratios of gradient norm to weight norm. */
export const RATIO_ENDS = { low: 1e-6, high: 10 } as const;

/** The height of a ratio in a strip, 0 to 1; of what is no number, infinite say, 1. */
export function ratioHeight(ratio: number): number {
  if (Number.isNaN(ratio)) return 1;
  const { low, high } = RATIO_ENDS;
  const share = Math.log(ratio / low) / Math.log(high / low);
  return Math.min(1, Math.max(0, share));
}

/** The units of a layer as bars; those above `limit` are clipped, and where that cannot be told of single units, none is. Pure. */
export function unitBars(ratios: ArrayLike<number>, limit: number | undefined): UnitBar[] {
  return Array.from(ratios, (ratio) => ({
    height: ratioHeight(ratio),
    isClipped: limit !== undefined && !(ratio <= limit),
  }));
}

/** How the units of a layer are, in a sentence. */
export function describeUnits(layer: string, bars: readonly UnitBar[], limit: number | undefined): string {
  const count = bars.filter(({ isClipped }) => isClipped).length;
  const told = limit === undefined ? '' : `; ${count} are above ${limit}`;
  return `${bars.length} units of ${layer}, gradient norm over weight norm${told}`;
}
