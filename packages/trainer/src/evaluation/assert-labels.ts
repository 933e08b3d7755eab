/** How far the probabilities of a sample may be from adding up to one. */
const TOLERANCE = 1e-3;

/** Throws for a label that is no class number: it would count as a sample of no class. */
export function assertClasses(who: string, labels: ArrayLike<number>, numClasses: number): void {
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (Number.isInteger(label) && label >= 0 && label < numClasses) continue;
    throw new RangeError(`${who}: labels must be class numbers in [0, ${numClasses}), got ${label}.`);
  }
}

/**
 * Throws for class probabilities `[samples, numClasses]` that do not add up to one in a sample. One that is not finite passes: the loss
 * tells.
 */
export function assertProbabilities(who: string, labels: ArrayLike<number>, numClasses: number): void {
  for (let start = 0; start < labels.length; start += numClasses) {
    let sum = 0;
    for (let k = 0; k < numClasses; k++) sum += labels[start + k]!;
    if (!(Math.abs(sum - 1) > TOLERANCE) || !Number.isFinite(sum)) continue;
    throw new RangeError(
      `${who}: labels that are class probabilities must add up to 1 in each sample, got ${Number(sum.toPrecision(4))} in sample ${start / numClasses} of a batch.`,
    );
  }
}
