/** What JSON has no number for, and texts that would be taken for it: those get one more backslash in front. */
const NAME = /^\\*(?:NaN|-?Infinity)$/;

/**
 * `JSON.stringify` that keeps NaN, Infinity and -Infinity: they become the strings of that name, which pandas and polars read as
 * numbers. A text that happens to be such a name is written with a backslash in front, so that {@link fromJson} gives back both.
 *
 * @param value What `JSON.stringify` takes.
 * @param space Indentation, as `JSON.stringify` takes it. Default none: one line.
 * @throws TypeError as `JSON.stringify` does, for circular values and BigInt.
 * @example
 * ```ts
 * import { toJson } from '@nfnets/json-numbers';
 *
 * console.log(toJson({ step: 12, loss: Number.NaN })); // {"step":12,"loss":"NaN"}
 * ```
 */
export function toJson(value: unknown, space?: number): string {
  return JSON.stringify(value, written, space);
}

/**
 * The value that {@link toJson} wrote.
 *
 * @param text JSON, of {@link toJson} or any other writer.
 * @throws SyntaxError as `JSON.parse` does; TypeError for what is no text.
 * @example
 * ```ts
 * import { fromJson } from '@nfnets/json-numbers';
 *
 * const { loss } = fromJson('{"step":12,"loss":"Infinity"}') as { loss: number };
 * console.log(loss > 1000); // true
 * ```
 */
export function fromJson(text: string): unknown {
  if (typeof text !== 'string') throw new TypeError(`fromJson: \`text\` must be a text, got ${String(text)}.`);
  return JSON.parse(text, read);
}

/**
 * The number that a field holds which is meant to hold one: NaN for `null`, which other writers make of a number that is not
 * finite, and for whatever else is no number. Undefined stays: the field is not there.
 *
 * @param value A field of parsed JSON.
 * @example
 * ```ts
 * import { fromJson, numberOf } from '@nfnets/json-numbers';
 *
 * const line = fromJson('{"step":12,"loss":null}') as Record<string, unknown>;
 * console.log(numberOf(line['loss']), numberOf(line['accuracy'])); // NaN undefined
 * ```
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
