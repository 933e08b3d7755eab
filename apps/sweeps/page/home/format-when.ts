const MINUTE = 60_000;
const UNITS: readonly (readonly [unit: string, length: number])[] = [
  ['min', MINUTE],
  ['h', 60 * MINUTE],
];

/** `now`, `5 min ago`, `3 h ago`, and after a day the date, all by the reader's clock. Pure. */
export function formatWhen(written: string, now: number): string {
  const age = now - Date.parse(written);
  if (age < MINUTE) return 'just now';
  const unit = UNITS.findLast(([, length]) => age >= length)!;
  if (age < 24 * 60 * MINUTE) return `${Math.floor(age / unit[1])} ${unit[0]} ago`;
  return localTime(written).slice(0, 10);
}

/** `2026-01-31 09:05` by the reader's clock. */
export function localTime(written: string): string {
  const date = new Date(written);
  return new Date(date.getTime() - MINUTE * date.getTimezoneOffset()).toISOString().slice(0, 16).replace('T', ' ');
}
