/** Throws unless `value` is a whole number of at least `minimum`. */
export function assertInteger(who: string, option: string, value: number, minimum = -Infinity): void {
  if (typeof value !== 'number') throw new TypeError(`${who}: \`${option}\` must be a number, got ${show(value)}.`);
  if (!Number.isSafeInteger(value) || value < minimum) {
    const rule = minimum === -Infinity ? 'an integer' : `an integer >= ${minimum}`;
    throw new RangeError(`${who}: \`${option}\` must be ${rule}, got ${value}.`);
  }
}

/** Throws unless `value` is a finite number in [minimum, below). */
export function assertInRange(who: string, option: string, value: number, minimum: number, below = Infinity): void {
  if (typeof value !== 'number') throw new TypeError(`${who}: \`${option}\` must be a number, got ${show(value)}.`);
  if (!Number.isFinite(value) || value < minimum || value >= below) {
    const rule = below === Infinity ? `finite and >= ${minimum}` : `in [${minimum}, ${below})`;
    throw new RangeError(`${who}: \`${option}\` must be ${rule}, got ${value}.`);
  }
}

/** A value as an error message shows it. */
export function show(value: unknown): string {
  if (typeof value === 'function') return `the function ${value.name || '(anonymous)'}`;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return `a ${value.constructor?.name}`;
  return JSON.stringify(value) ?? String(value);
}

/** Throws unless there is a name for each class, or none are given. */
export function assertClassNames(who: string, classNames: readonly string[] | undefined, numClasses: number): void {
  if (classNames === undefined || classNames.length === numClasses) return;
  throw new RangeError(
    `${who}: \`classNames\` must be ${numClasses} names, one for each class, got ${classNames.length}.`,
  );
}
