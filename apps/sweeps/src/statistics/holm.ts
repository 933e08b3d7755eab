/**
 * The p values of several tests as Holm adjusts them (1979, "A simple sequentially rejective multiple test procedure"), in their order: a test is
 * rejected at a level where its adjusted value is at most that, and the chance to reject any true one stays at the level.
 */
export function holm(values: readonly number[]): number[] {
  const adjusted = new Array<number>(values.length);
  let largest = 0;
  const ranked = values.map((p, i) => ({ p, i })).sort((a, b) => a.p - b.p);
  for (const [rank, { p, i }] of ranked.entries()) {
    largest = Math.max(largest, Math.min(1, (values.length - rank) * p));
    adjusted[i] = largest;
  }
  return adjusted;
}
