/** A share as a percentage with one decimal, without the sign; `-` where there is none, or none that is a number. */
export const formatPercent = (share: number | null | undefined): string =>
  isFigure(share) ? (100 * share).toFixed(1) : '-';

/** Whether a value that is meant to be a figure is one: not missing, not `null` or NaN, not infinite. */
export const isFigure = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** A loss with three decimals, in powers of ten when large; `-` where there is none. */
export function formatLoss(loss: number | null | undefined): string {
  if (loss === undefined) return '-';
  if (loss === null || !Number.isFinite(loss)) return 'NaN';
  return Math.abs(loss) < 1000 ? loss.toFixed(3) : loss.toExponential(1);
}

/** At most four significant digits, and a whole number in full. */
export const formatRate = (rate: number): string => withDigits(rate, 4);

/**
 * How the numbers among `values` are written, so that different ones look different: whole numbers in full, others with as few
 * significant digits, four at least, as tell all apart.
 */
export function numberFormat(values: readonly unknown[]): (value: number) => string {
  const numbers = [...new Set(values.filter((value) => typeof value === 'number'))];
  let digits = 4;
  while (digits < 17 && new Set(numbers.map((value) => withDigits(value, digits))).size < numbers.length) digits++;
  return (value) => withDigits(value, digits);
}

const withDigits = (value: number, digits: number): string =>
  Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(digits)));

/** `48s`, `3m 20s`, `2h 05m`; `-` where there is none. */
export function formatDuration(seconds: number | undefined): string {
  if (seconds === undefined || !Number.isFinite(seconds)) return '-';
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h ${two(Math.floor((whole % 3600) / 60))}m`;
}

/** A value that is no number, as it is; a list, which comes as JSON, without its brackets. */
export const formatWord = (text: string): string =>
  text.startsWith('[') ? (JSON.parse(text) as unknown[]).join(', ') || 'none' : text;
