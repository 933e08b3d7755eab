import { NFNET, type NFNetName } from '@nfnets/models';
import { z } from 'zod';
import { DATASETS, type DatasetName } from './datasets.js';
import { ENGINES } from './engines.js';

/** How the learning rate follows the batch size: in proportion, with its square root, or not at all. */
const LEARNING_RATE_RULES = ['linear', 'sqrt', 'none'] as const;

// `rule` completes the sentence "... must be <rule>, got ..." of an error message.
const count = z.int().min(1).meta({ rule: 'a whole number of at least 1' });
const seed = z
  .int()
  .min(0)
  .max(2 ** 31 - 1)
  .meta({ rule: 'a whole number from 0 to 2147483647' });
const fraction = z.number().min(0).lt(1).meta({ rule: 'a number from 0 up to, but not including, 1' });
const positive = z.number().positive().meta({ rule: 'a number above 0' });
const notNegative = z.number().min(0).meta({ rule: 'a number of at least 0' });
const name = z
  .string()
  .regex(/^[\w][\w.-]*$/)
  .meta({ rule: 'a name of letters, digits, ".", "_" and "-" (it names the run folder)' });
const text = z.string().meta({ rule: 'text' });
const clipFactor = z
  .union([z.literal('off'), z.number().positive()])
  .meta({ rule: '"off" (no clipping) or a number above 0' });

const oneOf = <T extends string>(values: readonly T[]) =>
  z.enum(values as [T, ...T[]]).meta({ rule: `one of ${values.join(', ')}` });

const section = (rule = 'a section of "key: value" lines') => ({ error: rule });

/** An axis: one or more values, none twice. */
const axis = <T extends z.ZodType>(value: T, rule: string) =>
  z
    .array(value)
    .min(1)
    .superRefine((values, context) => {
      for (const [i, item] of values.entries()) {
        const first = values.indexOf(item);
        if (first === i) continue;
        context.addIssue({
          code: 'custom',
          path: [i],
          message: `repeats ${JSON.stringify(item)}, which [${first}] already is`,
        });
      }
    })
    .meta({ rule: `a list of one or more values, each ${rule}` });

const trial = z.strictObject(
  {
    model: oneOf(Object.keys(NFNET) as NFNetName[]).describe('preset of @nfnets/models that is trained'),
    dataset: z
      .strictObject(
        {
          name: oneOf(Object.keys(DATASETS) as DatasetName[]).describe('labelled image set'),
          train: count.describe('images trained on'),
          test: count.describe('images the accuracy is measured on'),
          splitSeed: seed.default(1).describe('which images fall into which part'),
        },
        section(),
      )
      .describe('the data and how it is split'),
    epochs: count.describe('passes over the training images'),
    seed: seed.default(1).describe('initial weights, order and masks; the same for every trial'),
    learningRate: z
      .strictObject(
        {
          base: positive.describe('peak learning rate at a batch of `per` images'),
          per: count.default(256).describe('batch size that `base` is meant for'),
          rule: oneOf(LEARNING_RATE_RULES).default('linear').describe('how the rate follows the batch size'),
        },
        section(),
      )
      .describe('peak learning rate, recomputed for each batch size'),
    warmupEpochs: notNegative.default(0).describe('epochs of linear warm-up; cosine decay to 0 follows'),
    momentum: fraction.default(0.9).describe('Nesterov momentum'),
    weightDecay: notNegative.default(2e-5).describe('times the kernel, added to its gradient after clipping'),
    labelSmoothing: fraction.default(0.1).describe('share of the target spread over all classes'),
    clipFactor: clipFactor.default(0.01).describe('largest ratio of gradient to weight norm, per unit; or off'),
    batchSize: count.default(256).describe('images per step'),
  },
  section(),
);
/** The schema of a sweep config. */
export const sweepSchema = z.strictObject(
  {
    name: name.describe('names the run folder'),
    description: text.optional().describe('one line for the report'),
    engine: oneOf(ENGINES).default('auto').describe('what runs the tensors'),
    parallel: count.default(1).describe('trials at a time, each in a process of its own'),
    restarts: z
      .int()
      .min(0)
      .default(2)
      .meta({ rule: 'a whole number of at least 0' })
      .describe('how many times a trial whose process broke down is tried again'),
    trial: trial.describe('the values every trial starts from'),
    axes: z
      .strictObject(
        {
          clipFactor: axis(clipFactor, '"off" or a number above 0').optional().describe('values of trial.clipFactor'),
          batchSize: axis(count, 'a whole number of at least 1').optional().describe('values of trial.batchSize'),
        },
        section(),
      )
      .default({})
      .describe('one trial for each combination of these values'),
    quick: z.unknown().optional().describe('what --quick puts over all of the above'),
  },
  section(),
);

type Parsed = z.infer<typeof sweepSchema>;

/** Everything that decides what one trial computes; its hash is the trial's id. */
export type TrialConfig = Parsed['trial'];

/** A checked sweep config, with defaults filled in and `quick` already applied or dropped. */
export type SweepConfig = Omit<Parsed, 'quick'>;
