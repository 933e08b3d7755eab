import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SweepError } from '../sweep-error.js';

/** Sections in sections; the schema knows six. */
const DEEPEST = 64;

/**
 * The config that the module `file` has as its default export, or that the function returns which that is, as plain data.
 *
 * Throws a `SweepError` with the line where that is known.
 */
export async function importConfig(file: string): Promise<object> {
  // Loaded for those who need it: most configs are YAML.
  const { createJiti } = await import('jiti');
  const path = resolve(file);
  const url = pathToFileURL(path).href;
  let value: unknown;
  try {
    // Without a cache: a config may have been changed since.
    const jiti = createJiti(url, { fsCache: false, moduleCache: false, interopDefault: false });
    const module = (await jiti.import(url)) as Record<string, unknown>;
    // A CommonJS module is its own default export.
    value = 'default' in module || '__esModule' in module ? module['default'] : module;
    if (typeof value === 'function') value = (await (value as () => unknown)()) as unknown;
  } catch (error) {
    throw new SweepError(
      `${placeOf(file, path, error)}: cannot be loaded (${reasonOf(error)}). A config module must run in Node by itself.`,
    );
  }
  if (value === undefined)
    throw new SweepError(
      `${file}:1:1: has no default export. Write \`export default { name: ..., trial: ... }\`, or a function that returns that.`,
    );
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new SweepError(
      `${file}:1:1: the default export of a config must be an object, got ${JSON.stringify(value)}.`,
    );
  return plainData(value, file, '') as object;
}

/** Where `error` arose: a syntax error has its place in its message, others the first line of this file in their stack. */
function placeOf(file: string, path: string, error: unknown): string {
  const { message = '', stack = '' } = error as Error;
  const literally = path.replace(/[.+?^${}()|[\]\\*]/g, '\\$&');
  const parsed = new RegExp(`ParseError[^]*${literally}:(\\d+):(\\d+)`).exec(message);
  // Counted from 0 there.
  if (parsed) return `${file}:${parsed[1]}:${Number(parsed[2]) + 1}`;
  const [, line = 1, column = 1] = new RegExp(`${literally}:(\\d+):(\\d+)`).exec(stack) ?? [];
  // What the loader puts before the first line moves its columns.
  return `${file}:${line}:${line === '1' ? 1 : column}`;
}

function reasonOf(error: unknown): string {
  const [line = ''] = String((error as Error | undefined)?.message ?? error).split('\n');
  return line.replace('ParseError: ', '').trim().replace(/\.$/, '');
}

/** `value` without what is undefined. Throws for what a YAML file could not hold. */
function plainData(value: unknown, file: string, path: string, depth = 0): unknown {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return value;
  const inside = (key: string | number) => (path === '' ? String(key) : `${path}.${key}`);
  if (depth < DEEPEST && Array.isArray(value))
    return Array.from(value, (item, i) => plainData(item, file, inside(i), depth + 1));
  const prototype: unknown = typeof value === 'object' ? Object.getPrototypeOf(value) : undefined;
  // Of another realm, `Object.prototype` is another object.
  if (depth < DEEPEST && (prototype === null || (prototype && Object.getPrototypeOf(prototype) === null))) {
    const entries = Object.entries(value as object).filter(([, item]) => item !== undefined);
    return Object.fromEntries(entries.map(([key, item]) => [key, plainData(item, file, inside(key), depth + 1)]));
  }
  const what = typeof value === 'object' ? (value.constructor?.name ?? 'object') : typeof value;
  throw new SweepError(
    `${file}: ${path}: must be a number, text, a truth value, or a list or section of them, at most ${DEEPEST} deep; got a value of ${what}.`,
  );
}
