/** Throws unless `value` is a finite number above zero, or at least zero where `allowZero`. */
export function assertPositive(who: string, option: string, value: number, allowZero = false): void {
  if (typeof value !== 'number') {
    throw new TypeError(`${who}: \`${option}\` must be a number, got ${show(value)}.`);
  }
  if (!Number.isFinite(value) || value < 0 || (value === 0 && !allowZero)) {
    throw new RangeError(`${who}: \`${option}\` must be finite and ${allowZero ? '>=' : '>'} 0, got ${value}.`);
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

/** A value as an error message shows it. */
export function show(value: unknown): string {
  if (typeof value === 'function') return `the function ${value.name || '(anonymous)'}`;
  const name = typeof value === 'object' ? value?.constructor?.name : undefined;
  if (name !== undefined && name !== 'Object' && name !== 'Array') return `an instance of ${name}`;
  return JSON.stringify(value) ?? String(value);
}
