import { nearest } from './nearest.js';
import type { Rule } from './rules.js';
import { show } from './show.js';

/** A rule for every option of `Options`; one that is forgotten, or has no option, does not compile. */
export type OptionRules<Options> = { readonly [Name in keyof Required<Options>]: Rule };

interface Further {
  /** Names that must be given. */
  readonly required?: readonly string[];
  /** What to do instead, by the name of an option that users of other software look for here. */
  readonly instead?: Readonly<Record<string, string>>;
}

/**
 * Fails where `options` holds a name that has no rule, a value that breaks its rule, or lacks one of `required`. An option that is
 * undefined counts as not given.
 *
 * @param who Name of the function that was called, for the error.
 * @param options What was passed.
 * @param rules A {@link Rule} for every option there is.
 * @param further Names that must be given, and what to do instead of options of other software. Default none.
 * @throws TypeError if `options` is no plain object, or a value has another type than its rule names; else RangeError. The error
 * names the function, the option, the rule, the value, and for an unknown name the nearest known one.
 * @example
 * ```ts
 * import { aBoolean, checkOptions, integerFrom } from '@nfnets/options';
 *
 * export function makeBatches(options: { size: number; shuffle?: boolean }): void {
 *   const rules = { size: integerFrom(1), shuffle: aBoolean };
 *   checkOptions<typeof options>('makeBatches', options, rules, { required: ['size'] });
 *   // makeBatches({ siz: 3 }): makeBatches: no option `siz`; did you mean `size`? It has size, shuffle.
 * }
 * ```
 */
export function checkOptions<Options>(
  who: string,
  options: unknown,
  rules: OptionRules<Options>,
  { required = [], instead = {} }: Further = {},
): asserts options is Options {
  const names = Object.keys(rules);
  if (!isPlainObject(options)) {
    const example = required.length > 0 ? `{ ${required.join(', ')} }` : `{ ${names.slice(0, 2).join(', ')} }`;
    throw new TypeError(`${who}: options must be an object like ${example}, got ${show(options)}.`);
  }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(rules, name)) throw new RangeError(unknownName(who, name, names, instead));
    if (value !== undefined) checkValue(who, name, value, (rules as Readonly<Record<string, Rule>>)[name]!);
  }
  for (const name of required) {
    if (options[name] !== undefined) continue;
    throw new TypeError(
      `${who}: \`${name}\` must be ${(rules as Readonly<Record<string, Rule>>)[name]!.text}, got undefined.`,
    );
  }
}

function checkValue(who: string, name: string, value: unknown, { text, holds, type, values }: Rule): void {
  if (holds(value)) return;
  const near =
    typeof value === 'string' && values
      ? nearest(
          value,
          values.filter((each) => typeof each === 'string'),
        )
      : undefined;
  const message = `${who}: \`${name}\` must be ${text}, got ${show(value)}${near ? `; did you mean '${near}'?` : '.'}`;
  // A number that is NaN is of the right type.
  throw type !== undefined && typeof value !== type ? new TypeError(message) : new RangeError(message);
}

function unknownName(
  who: string,
  name: string,
  names: readonly string[],
  instead: Readonly<Record<string, string>>,
): string {
  if (Object.hasOwn(instead, name)) return `${who}: no option \`${name}\`. ${instead[name]}`;
  const near = nearest(name, names);
  const list = names.length > 0 ? names.join(', ') : 'none';
  return `${who}: no option \`${name}\`${near ? `; did you mean \`${near}\`?` : '.'} It has ${list}.`;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Of another realm too: a page's frame, a test's context.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
