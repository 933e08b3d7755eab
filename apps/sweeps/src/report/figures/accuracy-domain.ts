/**
 * Ends of an axis of accuracies in percent that hold all of `values` with some room: half a point at least, but less than to the
 * next mark beyond 0 and 100, where no accuracy is.
 */
export function accuracyDomain(values: readonly number[]): [low: number, high: number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = Math.max(0.5, 0.08 * (high - low));
  const edge = 0.04 * (high - low + room);
  return [
    low < 0 ? low - room : Math.max(low - room, -edge),
    high > 100 ? high + room : Math.min(high + room, 100 + edge),
  ];
}

/** `low` and `high`, accuracies in percent, moved one point apart where they are closer, within 0 and 100. */
export function onePointApart(low: number, high: number): [low: number, high: number] {
  if (high - low >= 1) return [low, high];
  const bottom = low < 0 ? high - 1 : Math.max(0, high - 1);
  return [bottom, Math.max(high, bottom + 1)];
}
