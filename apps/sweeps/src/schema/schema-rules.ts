import { z } from 'zod';

// `rule` completes the sentence "... must be <rule>, got ..." of an error message.
export const count = z.int().min(1).meta({ rule: 'a whole number of at least 1' });
export const seed = z
  .int()
  .min(0)
  .max(2 ** 31 - 1)
  .meta({ rule: 'a whole number from 0 to 2147483647' });
export const fraction = z.number().min(0).lt(1).meta({ rule: 'a number from 0 up to, but not including, 1' });
export const share = z.number().positive().max(1).meta({ rule: 'a number above 0, at most 1' });
export const positive = z.number().positive().meta({ rule: 'a number above 0' });
export const notNegative = z.number().min(0).meta({ rule: 'a number of at least 0' });
export const text = z.string().meta({ rule: 'text' });
export const name = z
  .string()
  // A file's name may have 255 bytes, and "-quick" comes behind.
  .regex(/^[\w][\w.-]{0,199}$/)
  .meta({ rule: 'a name of at most 200 letters, digits, ".", "_" and "-" (it names the run folder)' });

/** One of some words. */
export const oneOf = <T extends string>(values: readonly T[]) =>
  z.enum(values as [T, ...T[]]).meta({ rule: `one of ${values.join(', ')}` });

/** `word`, which `meaning` explains, or what `schema` allows. */
export const wordOr = <W extends string, T extends z.ZodType>(word: W, meaning: string, schema: T) =>
  z
    .union([z.literal(word), schema])
    .meta({ rule: `"${word}" (${meaning}) or ${schema.meta()?.['rule'] ?? 'a section of "key: value" lines'}` });

/** What a section that is none must be. */
export const section = (rule = 'a section of "key: value" lines') => ({ error: rule });

/**
 * A key that came after the first trials were stored: absent where it has its default, so that a trial which does not use
 * it keeps its id.
 */
export const later = <T extends z.ZodType>(schema: T, standard?: unknown) =>
  schema.optional().meta({ ...(standard === undefined ? {} : { default: standard }) });
