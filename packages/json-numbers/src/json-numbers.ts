/** What JSON has no number for, and texts that would be taken for it: those get one more backslash in front. */
const NAME = /^\\*(?:NaN|-?Infinity)$/;

/**
 * `JSON.stringify` that keeps NaN, Infinity and -Infinity: they become the strings of that name, which pandas and polars read as
 * numbers. A text that happens to be such a name is written with a backslash in front, so that {@link fromJson} gives back both.
 *
 * @throws TypeError as `JSON.stringify` does, for circular values and BigInt
 */
export function toJson(value: unknown, space?: number): string {
  return JSON.stringify(value, written, space);
}

/**
 * The value that {@link toJson} wrote.
 *
 * @throws SyntaxError as `JSON.parse` does; TypeError for what is no text
 */
export function fromJson(text: string): unknown {
  if (typeof text !== 'string') throw new TypeError(`fromJson: \`text\` must be a text, got ${String(text)}.`);
  return JSON.parse(text, read);
}

/**
 * The number that a field holds which is meant to hold one: NaN for `null`, which other writers make of a number that is not
 * finite, and for whatever else is no number. Undefined stays: the field is not there.
 */
export function numberOf(value: unknown): number | undefined {
  if (value === undefined || typeof value === 'number') return value;
  return Number.NaN;
}

function written(_key: string, value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  return typeof value === 'string' && NAME.test(value) ? `\\${value}` : value;
}

function read(_key: string, value: unknown): unknown {
  if (typeof value !== 'string' || !NAME.test(value)) return value;
  return value.startsWith('\\') ? value.slice(1) : Number(value);
}
