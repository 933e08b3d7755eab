import { z } from 'zod';
import { ENGINES } from '../engines/index.js';
import { axesSchema } from './axes-schema.js';
import { ownAxesSchema, ownTrialSchema } from './own-trial.js';
import { count, fraction, name, oneOf, positive, section, seed, text } from './schema-rules.js';
import { trackSchema } from './track-schema.js';
import { trialSchema } from './trial-schema.js';

/** In which order trials are started. */
const ORDERS = ['longest', 'random', 'coarse-to-fine'] as const;

/** How trials are drawn from the axes. */
const METHODS = ['grid', 'random', 'sobol'] as const;

const keyList = (rule: string) => z.array(text).min(1).meta({ rule });

/** Axis values that a trial must have: of each axis one value, or a list of them. */
const condition = z
  .record(z.string(), z.unknown())
  .meta({ rule: 'a section of "axis: value" or "axis: [values]" lines' });

/** The schema of a sweep config. */
export const sweepSchema = z.strictObject(
  {
    name: name.describe('names the run folder'),
    description: text.optional().describe('one line for the report'),
    tags: z.array(text).meta({ rule: 'a list of words' }).optional().describe('words to find the sweep by'),
    engine: oneOf(ENGINES).default('auto').describe('what runs the tensors'),
    parallel: count.default(1).describe('trials at a time, each in a process of its own'),
    workers: count
      .default(1)
      .describe(
        "processes that train a trial together, each on its part of every batch; no part of a trial's identity",
      ),
    trustNetwork: z
      .boolean()
      .meta({ rule: 'true or false' })
      .default(false)
      .describe('whether workers may be on several machines: whoever reaches their ports controls them'),
    restarts: z
      .int()
      .min(0)
      .default(2)
      .meta({ rule: 'a whole number of at least 0' })
      .describe('how many times a trial whose process broke down is tried again'),
    trial: trialSchema.describe('the values every trial starts from'),
    axes: axesSchema.default({}).describe('one trial for each combination of these values of trial keys'),
    zip: z
      .array(keyList('a list of two or more axes').min(2))
      .meta({ rule: 'a list of lists of axes' })
      .optional()
      .describe('axes of equal length that advance together'),
    when: z
      .record(z.string(), condition)
      .meta({ rule: 'a section of "axis: { other axis: value }" lines' })
      .optional()
      .describe('axes that only count where other keys have certain values; elsewhere the value is that of trial'),
    exclude: z
      .array(condition)
      .meta({ rule: 'a list of sections of "axis: value" lines' })
      .optional()
      .describe('combinations that are left out'),
    method: z
      .strictObject(
        {
          name: oneOf(METHODS).describe('grid: all combinations; random or sobol: count points'),
          count: count.optional().describe('points drawn by random and sobol'),
          seed: seed.default(1).describe('of the random points, and of the shift of the Sobol points'),
        },
        section(),
      )
      .meta({ rule: 'a section such as { name: sobol, count: 20 }' })
      .optional()
      .describe('how trials are drawn from the axes; grid by default'),
    seeds: z
      .union([count, z.array(seed).min(1)])
      .meta({ rule: 'a whole number of at least 1, or a list of seeds' })
      .optional()
      .describe('how often each combination is trained, with seeds from trial.seed on; or the seeds'),
    repeats: count.optional().describe('how often each trial is run with the same seed'),
    boundary: z
      .strictObject(
        {
          axis: text.describe('the trial key that is searched; larger values are less stable'),
          logRange: z
            .array(positive)
            .length(2)
            .meta({ rule: 'a list of the smallest and the largest value' })
            .describe('ends of the lattice of values'),
          count: count
            .min(2)
            .meta({ rule: 'a whole number of at least 2' })
            .optional()
            .describe('places of the lattice'),
          perDecade: count.optional().describe('places in each factor of ten, instead of count'),
          probability: fraction
            .default(0.5)
            .describe('a value is unstable where more than this share of its trials diverged'),
        },
        section(),
      )
      .meta({ rule: 'a section such as { axis: clipFactor, logRange: [0.04, 5.12], count: 8 }' })
      .optional()
      .describe(
        'instead of a grid over this key: the largest stable value for each combination of the axes, by bisection',
      ),
    order: oneOf(ORDERS)
      .optional()
      .describe(
        'which trials are started first: those with most steps (longest, by default), any (random, by trial.seed), or every other value of each axis (coarse-to-fine)',
      ),
    prune: z
      .strictObject(
        {
          rule: oneOf(['median', 'asha']).describe('median of the others, or successive halving'),
          metric: oneOf(['loss', 'accuracy'])
            .default('loss')
            .describe('what is compared after each epoch, on the test images'),
          warmup: count.default(1).describe('epochs that every trial makes'),
          minTrials: count.default(3).describe('others that the median is taken of, at least'),
          reduction: count
            .min(2)
            .meta({ rule: 'a whole number of at least 2' })
            .default(3)
            .describe('asha: one of how many goes on'),
          within: z
            .array(text)
            .meta({ rule: 'a list of trial keys' })
            .optional()
            .describe('trials are compared where these are equal'),
        },
        section(),
      )
      .meta({ rule: 'a section such as { rule: median }' })
      .optional()
      .describe('which trials are stopped after an epoch; none by default'),
    trialModule: text
      .optional()
      .describe(
        'module whose default export is the TrialFunction to run instead of the training; relative to this file. Without trial.model, trial and axes hold its own parameters',
      ),
    track: trackSchema
      .optional()
      .describe("where trials are recorded besides their own files; no part of a trial's identity"),
    quick: z.unknown().optional().describe('what --quick puts over all of the above'),
    extends: z
      .unknown()
      .optional()
      .describe('a config file, or several, that this one lies over; relative to this file'),
  },
  section(),
);

/** The schema of a sweep of a function of one's own, whose parameters are free. */
export const ownSweepSchema = sweepSchema.extend({
  trial: ownTrialSchema.default({ seed: 1 }),
  axes: ownAxesSchema.default({}),
});

type Written = z.input<typeof sweepSchema>;

/**
 * A sweep config as it is written, for a module that exports one: defaults may be left out, and `extends` and `quick` be there. A
 * value that refers to another, `'${trial.seed}'`, is for YAML.
 */
export type SweepConfigInput = (
  | Omit<Written, 'quick' | 'extends'>
  | (Omit<z.input<typeof ownSweepSchema>, 'quick' | 'extends'> & { readonly trialModule: string })
) & {
  /** What `--quick` puts over the rest. */
  readonly quick?: object;
  /** A config file, or several, that this one lies over; relative to this file. */
  readonly extends?: string | readonly string[];
};

type Parsed = z.infer<typeof sweepSchema>;

/** Keys of a trial whose values are other keys' of the same trial: texts, or lists of them, with `${trial.batchSize}` in them. */
export type TrialReferences = Readonly<Record<string, unknown>>;

/** A checked sweep config, with defaults filled in and `quick` already applied or dropped. */
export type SweepConfig = Omit<Parsed, 'quick' | 'extends' | 'trial'> & {
  readonly trial: Parsed['trial'] & {
    /** Name of the file of `trialModule`, where it has parameters of its own: then these are all that is here, and `seed`. */
    readonly module?: string;
  };
  /** Keys of the trial that refer to keys which differ among the trials, with the text of the reference; `trial` has an example. */
  readonly references?: TrialReferences;
};
