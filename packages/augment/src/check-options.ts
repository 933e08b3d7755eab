/** What an option must be, in words and as a test. */
export interface Rule {
  readonly text: string;
  readonly holds: (value: unknown) => boolean;
}

/**
 * Fails when `options` holds a name that is not in `rules`, breaks a rule, or lacks one of `required`.
 *
 * @throws RangeError that starts with `who` and names the option.
 */
export function checkOptions(
  who: string,
  options: object,
  rules: Readonly<Record<string, Rule>>,
  required: readonly string[] = [],
): void {
  for (const [name, value] of Object.entries(options)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined) {
      throw new RangeError(`${who}: no option \`${name}\`. It has ${Object.keys(rules).join(', ') || 'none'}.`);
    }
    if (value !== undefined && !rule.holds(value)) {
      throw new RangeError(`${who}: \`${name}\` must be ${rule.text}, got ${show(value)}.`);
    }
  }
  for (const name of required) {
    if ((options as Record<string, unknown>)[name] === undefined) {
      throw new RangeError(`${who}: \`${name}\` must be ${rules[name]!.text}, got undefined.`);
    }
  }
}

/** `value` as an error shows it: NaN and functions too, which JSON would hide. */
export function show(value: unknown): string {
  return typeof value === 'object' || typeof value === 'string' ? JSON.stringify(value) : String(value);
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** A number from `low` to `high`. */
export function numberIn(low: number, high: number): Rule {
  return { text: `in [${low}, ${high}]`, holds: (value) => isNumber(value) && value >= low && value <= high };
}

/** A whole number from `low` on. */
export function wholeFrom(low: number): Rule {
  return {
    text: `a whole number from ${low}`,
    holds: (value) => Number.isSafeInteger(value) && (value as number) >= low,
  };
}

/** One of `values`. */
export function oneOf(values: readonly unknown[]): Rule {
  return { text: `one of ${values.join(', ')}`, holds: (value) => values.includes(value) };
}

/** `[low, high]` with `least <= low <= high <= most`. */
export function rangeIn(least: number, most: number): Rule {
  const bounds = most === Number.POSITIVE_INFINITY ? `from ${least}` : `in [${least}, ${most}]`;
  return {
    text: `[low, high] ${bounds}`,
    holds: (value) => {
      if (!(Array.isArray(value) && value.length === 2 && value.every(isNumber))) return false;
      const [low, high] = value as [number, number];
      return low >= least && high >= low && high <= most;
    },
  };
}

/** More than zero. */
export const positive: Rule = { text: '> 0', holds: (value) => isNumber(value) && value > 0 };

/** A side in pixels, or `[height, width]`. */
export const pixelSize: Rule = {
  text: 'a whole number of pixels from 1, or [height, width] of them',
  holds: (value) =>
    (Array.isArray(value) && value.length === 2 ? value : [value]).every(
      (side) => Number.isSafeInteger(side) && side >= 1,
    ),
};

/** A byte for all channels, or one for each of three. */
export const colour: Rule = {
  text: 'a level of 0..255, or [red, green, blue] of them',
  holds: (value) =>
    (Array.isArray(value) && value.length === 3 ? value : [value]).every(
      (level) => Number.isInteger(level) && level >= 0 && level <= 255,
    ),
};
