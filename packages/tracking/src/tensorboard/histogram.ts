/** How values are spread, over buckets of equal width. */
export interface Histogram {
  readonly min: number;
  readonly max: number;
  readonly count: number;
  readonly sum: number;
  readonly sumOfSquares: number;
  /** Right end of each bucket; the first begins at `min`, and each holds its right end. */
  readonly limits: readonly number[];
  /** Values in each bucket. */
  readonly counts: readonly number[];
}

/**
 * Counts values in `buckets` buckets of equal width from the smallest value to the largest. Values that are not finite are
 * left out; undefined if no other is there. If all are equal there is one bucket.
 */
export function histogram(values: ArrayLike<number>, buckets: number): Histogram | undefined {
  let [min, max, count, sum, sumOfSquares] = [Infinity, -Infinity, 0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    min = Math.min(min, value);
    max = Math.max(max, value);
    count++;
    sum += value;
    sumOfSquares += value * value;
  }
  if (count === 0) return undefined;
  if (min === max) return { min, max, count, sum, sumOfSquares, limits: [max], counts: [count] };
  const limits: number[] = [];
  for (let i = 1; i <= buckets; i++) {
    // Not `min + i * width`: the difference of two large numbers may be too large. Rounding must not turn the order.
    const end = i === buckets ? max : min * (1 - i / buckets) + max * (i / buckets);
    limits.push(Math.min(max, Math.max(end, limits.at(-1) ?? min)));
  }
  const counts = limits.map(() => 0);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isFinite(value)) counts[bucketOf(value, limits)]!++;
  }
  return { min, max, count, sum, sumOfSquares, limits, counts };
}

/** Index of the first bucket that ends at `value` or behind it. */
function bucketOf(value: number, limits: readonly number[]): number {
  let [low, high] = [0, limits.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value <= limits[middle]!) high = middle;
    else low = middle + 1;
  }
  return low;
}
