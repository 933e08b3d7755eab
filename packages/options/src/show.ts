/**
 * `value` as an error message shows it: short, and NaN, functions and instances too, which JSON would hide.
 *
 * @param value Anything.
 * @example
 * ```ts
 * import { show } from '@nfnets/options';
 *
 * export function normalize(mean: readonly number[]): void {
 *   if (mean.length !== 3) throw new RangeError(`normalize: \`mean\` must be three numbers, got ${show(mean)}.`);
 * }
 * ```
 */
export function show(value: unknown): string {
  if (typeof value === 'function') return `the function ${value.name || '(anonymous)'}`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number' || typeof value === 'symbol') return String(value);
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name} of ${value.byteLength} bytes`;
  const name = typeof value === 'object' ? value?.constructor?.name : undefined;
  if (name !== undefined && name !== 'Object' && name !== 'Array') return `an instance of ${name}`;
  return shorten(jsonOf(value));
}

/** Undefined, circular values and BigInts in a list have no JSON. */
function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value, (_, each) => (typeof each === 'number' ? numberText(each) : each)) ?? String(value);
  } catch {
    return Array.isArray(value) ? '[...]' : '{...}';
  }
}

const numberText = (value: number): number | string => (Number.isFinite(value) ? value : String(value));

const shorten = (text: string): string => (text.length > 120 ? `${text.slice(0, 117)}...` : text);
