/** Largest allowed difference of a loss, relative to the reference's. */
export const TOLERANCE = 1e-3;

/** The same, or of the largest logit, of what is computed in bfloat16: it keeps 8 bits of a number, and so loses up to 0.4 % of each. */
export const BFLOAT16_TOLERANCE = 2e-2;

/**
 * The largest relative difference between the losses of two runs of the same steps; infinite if one has a NaN or
 * another number of them.
 */
export function lossDifference(losses: readonly number[], reference: readonly number[]): number {
  if (losses.length !== reference.length) return Number.POSITIVE_INFINITY;
  const differences = losses.map((loss, i) => Math.abs(loss - reference[i]!) / Math.abs(reference[i]!));
  return differences.every(Number.isFinite) ? Math.max(0, ...differences) : Number.POSITIVE_INFINITY;
}
