import { show } from '@nfnets/options';

/** Settings of a run by name: any values, also sections of further settings. */
export type Settings = Readonly<Record<string, unknown>>;

/**
 * Settings as TensorBoard and MLflow can show them: numbers, texts, true and false. Those of a section get its name and a dot in
 * front; what is undefined is left out; null, lists, dates, BigInts, functions and numbers that are not finite become text.
 *
 * @throws TypeError if `settings` is no object of settings
 */
export function flatSettings(who: string, name: string, settings: Settings): Record<string, number | string | boolean> {
  if (!isSection(settings)) {
    throw new TypeError(`${who}: \`${name}\` must be an object like { batchSize: 64 }, got ${show(settings)}.`);
  }
  const flat = new Map<string, number | string | boolean>();
  for (const [key, value] of entriesOf(settings, '', [])) {
    // 'a.b' beside { a: { b } }.
    let free = key;
    for (let number = 2; flat.has(free); number++) free = `${key} (${number})`;
    flat.set(free, value);
  }
  return Object.fromEntries(flat);
}

function* entriesOf(
  section: Settings,
  prefix: string,
  parents: readonly unknown[],
): Generator<[string, number | string | boolean]> {
  for (const [key, value] of Object.entries(section)) {
    if (value === undefined) continue;
    const isOpened = isSection(value) && Object.keys(value).length > 0 && value !== section && !parents.includes(value);
    if (isOpened) yield* entriesOf(value, `${prefix}${key}.`, [...parents, section]);
    else yield [`${prefix}${key}`, settingOf(value)];
  }
}

function settingOf(value: unknown): number | string | boolean {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof URL || value instanceof RegExp) return String(value);
  return show(value);
}

/** Whether it is an object of named values rather than a value of its own. */
function isSection(value: unknown): value is Settings {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Of another realm too: a page's frame, a test's context.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
