/**
 * Computes the softmax of the logits of one sample, in double precision, and the class that it predicts: of equal logits the
 * lower number. With a NaN logit all probabilities are NaN and the class is -1.
 *
 * @param logits `[samples, numClasses]`
 */
export function classProbabilities(
  logits: ArrayLike<number>,
  sample: number,
  numClasses: number,
): { probabilities: number[]; predicted: number } {
  const row = Array.from({ length: numClasses }, (_, k) => logits[sample * numClasses + k]!);
  // NaN passes through Math.max, and indexOf finds no NaN.
  const max = Math.max(...row);
  const exponentials = row.map((logit) => Math.exp(logit - max));
  const sum = exponentials.reduce((total, value) => total + value, 0);
  return { probabilities: exponentials.map((value) => value / sum), predicted: row.indexOf(max) };
}
