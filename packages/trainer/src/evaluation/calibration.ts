/** Samples whose predicted class has a probability in `(from, to]`. */
export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  readonly samples: number;
  /** Mean probability of the predicted class; NaN in an empty bin. */
  readonly confidence: number;
  /** Share of samples whose predicted class is the true one; NaN in an empty bin. */
  readonly accuracy: number;
}

/**
 * Sorts predictions by their probability into bins of equal width: a well-calibrated classifier is right as often as it
 * says.
 *
 * @param confidences Probability of each sample's predicted class
 * @param hits Whether it is the true one
 *
 * Source: Guo et al. 2017, On Calibration of Modern Neural Networks, section 2.
 */
export function reliabilityTable(
  confidences: readonly number[],
  hits: readonly boolean[],
  bins: number,
): ReliabilityBin[] {
  const sums = Array.from({ length: bins }, () => ({ samples: 0, confidence: 0, hits: 0 }));
  for (const [sample, confidence] of confidences.entries()) {
    const bin = sums[sums.findIndex((_, i) => i === bins - 1 || confidence <= (i + 1) / bins)]!;
    bin.samples++;
    bin.confidence += confidence;
    if (hits[sample]) bin.hits++;
  }
  return sums.map(({ samples, confidence, hits }, i) => ({
    from: i / bins,
    to: (i + 1) / bins,
    samples,
    confidence: confidence / samples,
    accuracy: hits / samples,
  }));
}

/** Expected calibration error: mean of `|accuracy - confidence|` over the bins, weighted by their samples (Guo et al. 2017, eq. 3). */
export function expectedCalibrationError(table: readonly ReliabilityBin[]): number {
  let [sum, total] = [0, 0];
  for (const { samples, confidence, accuracy } of table) {
    if (samples > 0) sum += samples * Math.abs(accuracy - confidence);
    total += samples;
  }
  return sum / total;
}
