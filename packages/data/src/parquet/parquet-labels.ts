import type { SchemaTree } from 'hyparquet';
import { isLabel } from '../dataset/class-label.js';

/** What a column of labels holds. */
export type LabelKind = 'numbers' | 'names';

/**
 * What a column can say of classes: whole numbers, floats too, or names; undefined for every other type, such as a time, of
 * which a number could be made that is no class.
 */
export function labelKind({ children, element }: SchemaTree): LabelKind | undefined {
  const { type, converted_type: converted, logical_type: logical, repetition_type: repetition } = element;
  if (children.length > 0 || repetition === 'REPEATED') return undefined;
  const is = (pattern: RegExp) => pattern.test(logical?.type ?? converted ?? '');
  switch (type) {
    case 'INT32':
    case 'INT64':
      // UNKNOWN: a column of nulls alone.
      return is(/^$|^U?INT_\d+$|^INTEGER$|^UNKNOWN$|^NULL$/) ? 'numbers' : undefined;
    case 'FLOAT':
    case 'DOUBLE':
      return is(/^$/) ? 'numbers' : undefined;
    case 'FIXED_LEN_BYTE_ARRAY':
      return is(/^FLOAT16$/) ? 'numbers' : undefined;
    case 'BYTE_ARRAY':
      return is(/^UTF8$|^STRING$|^ENUM$/) ? 'names' : undefined;
    default:
      return undefined;
  }
}

/** The type of a column, as an error names it. */
export function typeOf({ children, element }: SchemaTree): string {
  const { type, converted_type: converted, logical_type: logical } = element;
  if (converted === 'LIST' || logical?.type === 'LIST' || element.repetition_type === 'REPEATED') return 'lists';
  if (children.length > 0) return `structs of ${children.map((child) => child.element.name).join(', ')}`;
  return logical?.type ?? converted ?? type ?? 'unknown';
}

/** The class of a stored label; undefined if it is none. Whole numbers of 64 bits are BigInts. */
export function classOf(
  stored: unknown,
  names: ReadonlyMap<string, number> | undefined,
  numClasses: number,
): number | undefined {
  const label = typeof stored === 'string' ? names?.get(stored) : typeof stored === 'bigint' ? Number(stored) : stored;
  return isLabel(label, numClasses) ? label : undefined;
}
