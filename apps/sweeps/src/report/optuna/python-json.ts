/**
 * `value` as Python's `json` writes it: JSON, but with the words NaN, Infinity and -Infinity, which its reader takes for numbers.
 * What is undefined is left out. Pure.
 */
export function pythonJson(value: unknown): string {
  if (typeof value === 'number') return Number.isFinite(value) ? JSON.stringify(value) : String(value);
  if (Array.isArray(value)) return `[${value.map((item) => pythonJson(item ?? null)).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value ?? null);
  const pairs = Object.entries(value).filter(([, item]) => item !== undefined);
  return `{${pairs.map(([key, item]) => `${JSON.stringify(key)}:${pythonJson(item)}`).join(',')}}`;
}
