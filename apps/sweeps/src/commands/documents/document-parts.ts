import { z } from 'zod';
import { ERROR_CODES } from '../output/describe-error.js';

/** `T` as a command may hand it over. */
type ReadonlyDeep<T> = T extends readonly (infer Item)[]
  ? readonly ReadonlyDeep<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: ReadonlyDeep<T[Key]> }
    : T;

/** A document as a command makes it, before what all have is added. */
export type DocumentOf<Schema extends z.ZodType> = ReadonlyDeep<z.infer<Schema>>;

/** A number that may also be NaN or infinite, which JSON has as a text of that name. */
export const figure = z.number().meta({ isFigure: true });

export const figures = z.record(z.string(), figure);
export const whole = z.int().min(0);
export const texts = z.array(z.string());
export const tableCell = z.union([z.string(), figure, z.boolean(), z.null()]).optional();
/** Values by path, as `clipFactor` or `learningRate.base`. */
export const values = z.record(z.string(), tableCell);

export const trialState = z.enum(['done', 'diverged', 'pruned', 'failed', 'preempted', 'running', 'queued']);

export const counts = z
  .object(
    Object.fromEntries(trialState.options.map((state) => [state, whole.optional()])) as Record<
      z.infer<typeof trialState>,
      z.ZodOptional<z.ZodInt>
    >,
  )
  .describe('how many trials are in each state that occurs');

export const trialConfig = z
  .record(z.string(), z.unknown())
  .describe('everything that decides what the trial computes: `trial` of a sweep config with the values of its axes');

export const best = z
  .object({
    trials: texts.describe('ids of the trials of the best combination of values'),
    accuracy: figure.describe('their mean, 0 to 1'),
    sd: figure.optional().describe('standard deviation over the seeds'),
    done: whole,
    equals: whole.describe('how many other combinations are as good'),
  })
  .describe('the combination of values with the highest mean accuracy that no seed diverged in');

/** What every document begins with. */
const head = {
  version: z.literal(1).describe('changes when a field is taken away or means something else'),
  exitCode: whole.describe('the exit code of the process'),
};

/** The document of `command` with the fields that all have. */
export const withHead = (command: string, schema: z.ZodObject): z.ZodObject =>
  schema.extend({
    ...head,
    command: z.literal(command),
    warnings: texts.describe('what is to be mended, a line each: damaged files, data that is not here'),
  });

const problem = {
  message: z.string(),
  file: z.string().optional(),
  line: z.int().min(1).optional(),
  column: z.int().min(1).optional(),
  key: z.string().optional().describe('path of the key of a config'),
  option: z.string().optional().describe('option of the command line'),
};

export const errorDocument = z.object({
  type: z.literal('error'),
  ...head,
  command: z.string().optional(),
  error: z
    .object({
      code: z.enum(Object.keys(ERROR_CODES) as [keyof typeof ERROR_CODES]),
      ...problem,
      problems: z.array(z.object(problem)).describe('a mistake each; the first is repeated above'),
    })
    .describe('what went wrong, where, and the way out'),
});
