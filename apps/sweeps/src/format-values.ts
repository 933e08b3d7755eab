/** A share as a percentage with one decimal, without the sign; `-` where there is none. */
export const formatPercent = (share: number | undefined): string =>
  share === undefined ? '-' : (100 * share).toFixed(1);

/** A loss with three decimals, in powers of ten when large; `-` where there is none. */
export function formatLoss(loss: number | null | undefined): string {
  if (loss === undefined) return '-';
  if (loss === null || !Number.isFinite(loss)) return 'NaN';
  return Math.abs(loss) < 1000 ? loss.toFixed(3) : loss.toExponential(1);
}

/** At most four significant digits. */
export const formatRate = (rate: number): string => String(Number(rate.toPrecision(4)));

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
