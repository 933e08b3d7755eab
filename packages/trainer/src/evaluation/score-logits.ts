/** Sums over the samples of a batch. */
export interface Score {
  /** Sum of the cross-entropies, in nats. */
  readonly loss: number;
  /** Samples whose true class has the largest logit. */
  readonly top1: number;
  /** Samples whose true class is among the five largest logits. */
  readonly top5: number;
}

/**
 * Computes cross-entropy and hits from logits `[samples, numClasses]` and class numbers, in double precision.
 *
 * Between equal logits the lower class number comes first, so a network whose output is constant scores like a
 * guess. A sample with a NaN logit is a miss and makes the loss NaN.
 */
export function scoreLogits(logits: ArrayLike<number>, labels: ArrayLike<number>, numClasses: number): Score {
  let [loss, top1, top5] = [0, 0, 0];
  for (let sample = 0; sample < labels.length; sample++) {
    const start = sample * numClasses;
    const truth = labels[sample]!;
    const trueLogit = logits[start + truth]!;
    let max = -Infinity;
    let rank = 0;
    for (let k = 0; k < numClasses; k++) {
      const logit = logits[start + k]!;
      // Math.max, unlike `>`, lets a NaN through.
      max = Math.max(max, logit);
      if (logit > trueLogit || (logit === trueLogit && k < truth)) rank++;
    }
    let sum = 0;
    for (let k = 0; k < numClasses; k++) sum += Math.exp(logits[start + k]! - max);
    // In this order: between logits of 1e17 the sum would be lost.
    loss += Math.log(sum) + (max - trueLogit);
    if (Number.isNaN(max)) continue;
    if (rank < 1) top1++;
    if (rank < 5) top5++;
  }
  return { loss, top1, top5 };
}
