import { nearest } from '@nfnets/options';
import { z } from 'zod';
import type { ConfigDocument } from './config-document.js';

/**
 * One line per schema issue: where it was written, the key, what is allowed, what was found, and the nearest
 * allowed word where something looks mistyped.
 */
export function describeIssues(
  issues: readonly z.core.$ZodIssue[],
  schema: z.ZodType,
  document: ConfigDocument,
): string[] {
  return issues.flatMap((issue) => describeIssue(issue, schema, document));
}

function describeIssue(issue: z.core.$ZodIssue, schema: z.ZodType, document: ConfigDocument): string[] {
  const target = schemaAt(schema, issue.path);
  if (issue.code === 'unrecognized_keys') {
    const allowed = keysOf(target);
    const list = target?.meta()?.['allowed'] ?? allowed.join(', ');
    return issue.keys.map((key) => {
      const { where, label } = document.locate([...issue.path, key], 'key');
      const near = nearest(key, allowed);
      return `${where}: ${label}: unknown key${near ? `; did you mean ${near}?` : '.'} Allowed: ${list}.`;
    });
  }
  const value = valueAt(document.values, issue.path);
  if (issue.code === 'invalid_union' && target instanceof z.ZodUnion) {
    // A list or a section can only be meant as that: tell what is wrong inside it.
    const branch = target.options.findIndex((option) => hasShapeOf(option, value));
    const inner = issue.errors[branch]?.map((error) => ({ ...error, path: [...issue.path, ...error.path] }));
    if (inner) return describeIssues(inner as z.core.$ZodIssue[], schema, document);
  }
  const { where, label } = document.locate(issue.path);
  const subject = label === '' ? where : `${where}: ${label}`;
  if (issue.code === 'custom') return [`${subject}: ${issue.message}.`];

  const rule = target?.meta()?.['rule'] ?? 'a section of "key: value" lines';
  if (value === undefined) return [`${subject}: missing; must be ${rule}.`];
  const near = target instanceof z.ZodEnum ? nearest(String(value), target.options.map(String)) : undefined;
  return [`${subject}: must be ${rule}, got ${show(value)}${near ? `; did you mean ${near}?` : '.'}`];
}

/** The keys of a section, also where it is one of several things that may stand there. */
function keysOf(schema: unknown): string[] {
  const options: readonly unknown[] = schema instanceof z.ZodUnion ? schema.options : [schema];
  const section = options.find((option) => option instanceof z.ZodObject);
  return section ? Object.keys(section.shape) : [];
}

function schemaAt(schema: z.ZodType, path: readonly PropertyKey[]): z.ZodType | undefined {
  let current: unknown = schema;
  for (const key of [...path, undefined]) {
    while (current instanceof z.ZodOptional || current instanceof z.ZodDefault) current = current.unwrap();
    if (key === undefined) break;
    if (current instanceof z.ZodUnion) {
      const options: readonly unknown[] = current.options;
      current = options.find((option) =>
        typeof key === 'number' ? option instanceof z.ZodArray : option instanceof z.ZodObject,
      );
    }
    if (current instanceof z.ZodRecord) current = current.valueType;
    else if (current instanceof z.ZodObject) current = current.shape[String(key)] ?? othersOf(current);
    else if (current instanceof z.ZodArray) current = current.element;
    else return undefined;
  }
  return current as z.ZodType | undefined;
}

/** What keys without a name of their own may be, where there may be any. */
const othersOf = ({ def: { catchall } }: z.ZodObject): unknown =>
  catchall instanceof z.ZodNever ? undefined : catchall;

const hasShapeOf = (schema: unknown, value: unknown): boolean =>
  Array.isArray(value)
    ? schema instanceof z.ZodArray
    : typeof value === 'object' && value !== null && schema instanceof z.ZodObject;

function valueAt(values: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], values);
}

function show(value: unknown): string {
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}
