/** Throws unless `value` is a finite number in [minimum, below). */
export function assertInRange(who: string, option: string, value: number, minimum: number, below = Infinity): void {
  if (typeof value !== 'number') throw new TypeError(`${who}: \`${option}\` must be a number, got ${show(value)}.`);
  if (!Number.isFinite(value) || value < minimum || value >= below) {
    const rule = below === Infinity ? `finite and >= ${minimum}` : `in [${minimum}, ${below})`;
    throw new RangeError(`${who}: \`${option}\` must be ${rule}, got ${value}.`);
  }
}

/** Throws unless `names` is an array of non-empty strings. */
export function assertNames(who: string, option: string, names: readonly string[]): void {
  if (Array.isArray(names) && names.every((name) => typeof name === 'string' && name !== '')) return;
  throw new TypeError(
    `${who}: \`${option}\` must be an array of layer names ('head') or weights of layers ('head/kernel'), ` +
      `got ${show(names)}.`,
  );
}

/** Throws unless `factors` maps names to finite numbers of at least 0. */
export function assertFactors(who: string, option: string, factors: Readonly<Record<string, number>>): void {
  if (typeof factors !== 'object' || factors === null || Array.isArray(factors)) {
    throw new TypeError(`${who}: \`${option}\` must be an object like { stem: 0.1 }, got ${show(factors)}.`);
  }
  for (const [name, factor] of Object.entries(factors)) assertInRange(who, `${option}.${name}`, factor, 0);
}

/** A value as an error message shows it. */
function show(value: unknown): string {
  if (typeof value === 'function') return `the function ${value.name || '(anonymous)'}`;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return `a ${value.constructor?.name}`;
  return JSON.stringify(value) ?? String(value);
}
