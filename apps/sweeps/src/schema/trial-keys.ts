import { z } from 'zod';
import { trialSchema } from './trial-schema.js';

/** The schema of every key of a trial by its path, `learningRate.base`; sections are keys too. */
export const TRIAL_KEYS: ReadonlyMap<string, z.ZodType> = new Map(keysOf(trialSchema, ''));

/** Whether the key's numbers are whole ones: it takes some, and none between them. */
export const isWholeKey = (key: string): boolean => WHOLE_KEYS.has(key);

const takes = (schema: z.ZodType, values: readonly number[]) =>
  values.filter((value) => schema.safeParse(value).success);

const WHOLE_KEYS: ReadonlySet<string> = new Set(
  [...TRIAL_KEYS].flatMap(([key, schema]) =>
    takes(schema, [0, 1, 2, 8]).length > 0 && takes(schema, [0.25, 0.5, 1.5, 8.5]).length === 0 ? [key] : [],
  ),
);

/** `schema` without what makes it optional. */
function unwrap(schema: unknown): unknown {
  let current = schema;
  while (current instanceof z.ZodOptional || current instanceof z.ZodDefault) current = current.unwrap();
  return current;
}

function keysOf(schema: z.ZodObject, prefix: string): [string, z.ZodType][] {
  return Object.entries(schema.shape).flatMap(([key, value]): [string, z.ZodType][] => {
    const inner = unwrap(value) as z.ZodType;
    const path = prefix + key;
    const sectionOf: unknown = inner instanceof z.ZodUnion ? inner.options.find(isSection) : inner;
    return [[path, inner], ...(isSection(sectionOf) ? keysOf(sectionOf, `${path}.`) : [])];
  });
}

function isSection(schema: unknown): schema is z.ZodObject {
  return schema instanceof z.ZodObject;
}

/** The value at the path `key` of `config`. */
export function valueAtKey(config: object, key: string): unknown {
  return key
    .split('.')
    .reduce<unknown>((value, part) => (value as Record<string, unknown> | undefined)?.[part], config);
}

/** `config` with `value` at the path `key`, in sections that are made where they lack; undefined takes it away. */
export function withValueAtKey<T extends object>(config: T, key: string, value: unknown): T {
  const [first, ...rest] = key.split('.') as [string, ...string[]];
  const inner = (config as Record<string, unknown>)[first];
  if (rest.length > 0) {
    const section = typeof inner === 'object' && inner !== null ? inner : {};
    return { ...config, [first]: withValueAtKey(section, rest.join('.'), value) };
  }
  const { [first]: _, ...others } = config as Record<string, unknown>;
  return (value === undefined ? others : { ...config, [first]: value }) as T;
}
