/**
 * The multiple nearest to `value`, at least one of them, and the next one up where that is less than `limit * value`:
 * how EfficientNets and timm round channels.
 */
export function nearestMultiple(value: number, multiple: number, limit = 0.9): number {
  const nearest = Math.max(multiple, Math.floor((value + multiple / 2) / multiple) * multiple);
  return nearest < limit * value ? nearest + multiple : nearest;
}
