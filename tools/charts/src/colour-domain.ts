/** Colours reach this many percentage points below the best; a collapsed run would flatten all others else. */
const COLOUR_RANGE = 20;

/**
 * Lowest and highest of `accuracies`, in percent, that get a colour of their own, at least one point apart: all that is worse than 20 points
 * below the best is as dark. The rule of the report's heatmap, which is published and so cannot take it from here; a test of the live page
 * compares the two.
 */
export function colourDomain(accuracies: readonly number[]): [low: number, high: number] {
  if (accuracies.length === 0) return [0, 100];
  const high = Math.max(...accuracies);
  const low = Math.max(Math.min(...accuracies), high - COLOUR_RANGE);
  if (high - low >= 1) return [low, high];
  const bottom = Math.max(0, high - 1);
  return [bottom, Math.max(high, bottom + 1)];
}
