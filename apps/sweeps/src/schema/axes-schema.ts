import { z } from 'zod';
import { type AxisSpacing, axisValues, countAxisValues, type WrittenAxis } from './axis-values.js';
import { count, section } from './schema-rules.js';
import { TRIAL_KEYS } from './trial-keys.js';

/** Most values of an axis, and most trials of a sweep. */
export const MAX_TRIALS = 100_000;

const number = z.number().meta({ rule: 'a number' });

/** The schema of the axes of a sweep: for any key of a trial, by its path, a list or a range of values. */
export const axesSchema = z
  .strictObject(
    Object.fromEntries([...TRIAL_KEYS].map(([key, value]) => [key, axisOf(value, `trial.${key}`).optional()])),
    section(),
  )
  .meta({ allowed: 'any key of trial by its path, such as clipFactor or learningRate.base' }) as unknown as z.ZodType<
  Readonly<Record<string, WrittenAxis>>
>;

/** The schema of an axis: a list of what `value` allows, or a range of numbers; `of` is what it is an axis of. */
export function axisOf(value: z.ZodType, of: string) {
  const rule = value.meta()?.['rule'] ?? 'a section of "key: value" lines';
  return z
    .union([listOf(value, rule), spacingOf(value, rule)])
    .meta({ rule: `a list of one or more values, each ${rule}` })
    .describe(`values of ${of}`);
}

/** One or more values. */
function listOf(value: z.ZodType, rule: unknown) {
  return z
    .array(value)
    .min(1)
    .meta({ rule: `a list of one or more values, each ${rule}` });
}

/** Numbers at equal distances, each of which `value` allows. */
function spacingOf(value: z.ZodType, rule: unknown) {
  return z
    .strictObject({
      range: z
        .array(number)
        .min(2)
        .max(3)
        .meta({ rule: 'a list of the first value, the last value and the step' })
        .optional()
        .describe(
          'first and last value and the step; without a step any number in between, for method random or sobol',
        ),
      logRange: z
        .array(number)
        .length(2)
        .meta({ rule: 'a list of the smallest and the largest value' })
        .optional()
        .describe('smallest and largest value, with count or perDecade; without, for method random or sobol'),
      count: count.min(2).meta({ rule: 'a whole number of at least 2' }).optional().describe('values of logRange'),
      perDecade: count.optional().describe('values in each factor of ten of logRange'),
    })
    .superRefine((spacing, context) => {
      const problem = spacingProblem(spacing, value, rule);
      if (problem) context.addIssue({ code: 'custom', ...problem });
    });
}

function spacingProblem(
  spacing: AxisSpacing,
  value: z.ZodType,
  rule: unknown,
): { path: PropertyKey[]; message: string } | undefined {
  const { range, logRange, count, perDecade } = spacing;
  if ((range === undefined) === (logRange === undefined)) {
    return { path: [], message: 'must have one of range and logRange, such as { logRange: [0.01, 0.16], count: 5 }' };
  }
  if ((range ?? logRange)!.length < 2) return undefined;
  const key = range ? 'range' : 'logRange';
  const [from, to, step] = (range ?? logRange) as readonly [number, number, number?];
  if (!(from < to)) return { path: [key], message: `must go from a smaller to a larger number, got ${from} to ${to}` };
  if (step !== undefined && !(step > 0)) return { path: [key, 2], message: `must be a step above 0, got ${step}` };
  if (logRange && !(from > 0)) return { path: [key, 0], message: `must be above 0 on a logarithmic axis, got ${from}` };
  if (range && (count !== undefined || perDecade !== undefined)) {
    return { path: [count === undefined ? 'perDecade' : 'count'], message: 'belongs to logRange; a range has a step' };
  }
  if (count !== undefined && perDecade !== undefined) {
    return { path: ['perDecade'], message: 'must not stand beside count; give one of them' };
  }
  const values = countAxisValues(spacing);
  if (Number.isFinite(values) && values > MAX_TRIALS) {
    return { path: [key], message: `gives ${values} values; an axis may have ${MAX_TRIALS}. Take a larger step` };
  }
  const samples = Number.isFinite(values) ? axisValues(spacing) : [from, to];
  const wrong = samples.find((sample) => !value.safeParse(sample).success);
  return wrong === undefined ? undefined : { path: [key], message: `gives ${wrong}, which is not ${rule}` };
}
