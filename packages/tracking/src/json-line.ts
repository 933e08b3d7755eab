/** Numbers that JSON cannot hold. */
const NAMES = ['NaN', 'Infinity', '-Infinity'];

/** One line of JSON for an event, without its end; NaN and the infinities become strings of that name. */
export function toJsonLine(event: object): string {
  return JSON.stringify(event, (_, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );
}

/** The event of a line that `toJsonLine` made. */
export function fromJsonLine(line: string): unknown {
  return JSON.parse(line, (_, value: unknown) =>
    typeof value === 'string' && NAMES.includes(value) ? Number(value) : value,
  );
}
