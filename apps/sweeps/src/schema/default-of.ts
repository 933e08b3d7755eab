import { z } from 'zod';
import { sweepSchema } from './sweep-schema.js';

/**
 * What a config has at the path `key` that does not say it: the default of the schema. Undefined for keys that are none, that have
 * no default known here (the preset's), and inside of optional sections that `hasSection` does not find.
 */
export function defaultOf(key: string, hasSection: (path: string) => boolean): unknown {
  let schema: unknown = sweepSchema;
  const parts = key.split('.');
  for (const [depth, part] of parts.entries()) {
    const path = parts.slice(0, depth).join('.');
    if (depth > 0 && (schema as z.ZodType).safeParse(undefined).success && !hasSection(path)) return undefined;
    const section = unwrapped(schema);
    if (!(section instanceof z.ZodObject)) return undefined;
    schema = section.shape[part];
    if (schema === undefined) return undefined;
  }
  const { data } = (schema as z.ZodType).safeParse(undefined);
  return data ?? (schema as z.ZodType).meta()?.['default'];
}

function unwrapped(schema: unknown): unknown {
  let current = schema;
  while (current instanceof z.ZodOptional || current instanceof z.ZodDefault) current = current.unwrap();
  return current;
}
