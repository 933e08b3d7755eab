/** Whether `value` is the number of one of `numClasses` classes: a whole number, and no text or BigInt that looks like one. */
export function isLabel(value: unknown, numClasses: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < numClasses;
}

/** What to do with a label that is no number, though one can be made of it; '' for others. */
export function labelHint(value: unknown): string {
  const looksLikeOne = typeof value === 'bigint' || (typeof value === 'string' && /^\d+$/.test(value));
  return looksLikeOne ? ' Make numbers of them, as Number(label) does.' : '';
}
