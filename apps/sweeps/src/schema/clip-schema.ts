import { z } from 'zod';
import { count, fraction, oneOf, positive, section, text } from './schema-rules.js';

const percent = z.number().min(0).max(100).meta({ rule: 'a number from 0 to 100' });

/** What may be set of a rule; a name means the same in all that have it. */
const SETTINGS = {
  factor: positive.describe(
    'largest ratio of the norm of a gradient: to that of its weights (agc), to the mean of its own (adagc)',
  ),
  eps: positive.describe('floor on the weight norm'),
  exclude: z
    .array(text)
    .meta({ rule: 'a list of layers or weights, "*" for any letters' })
    .describe(
      'layers (stem_*) or weights (linear/kernel) that are not clipped; the kernel of the last layer by default',
    ),
  unit: oneOf(['output', 'tensor', 'gain-apart']).describe("what has a norm of its own; gain-apart is timm's"),
  form: oneOf(['hard', 'soft']).describe('cut off at the limit, or bent towards it'),
  maxNorm: positive.describe(
    'largest norm of all gradients together; of adagc, in its warm-up; of spectral, largest singular value of one',
  ),
  maxValue: positive.describe('largest size of an element'),
  maxRms: positive.describe('largest root mean square of a gradient'),
  zThreshold: positive.describe('how many standard deviations above their mean the norm of all may be'),
  mode: oneOf(['reciprocal', 'mean', 'percentile']).describe('what a spike is scaled down to'),
  percentile: percent.describe('percentile of the norms so far that is the limit, from 0 to 100'),
  window: count.min(2).meta({ rule: 'a whole number of at least 2' }).describe('how many norms are remembered'),
  theta: positive.describe('how many times its mean the square of an element may be'),
  beta: fraction.describe('how much of a mean is kept in a step; of stable-spam, of that of the largest elements'),
  warmupSteps: count.describe('steps in which the means are found'),
} as const;

type Setting = keyof typeof SETTINGS;
type Settings = { readonly [Name in Setting]?: z.infer<(typeof SETTINGS)[Name]> | undefined };

/** A rule of `@nfnets/agc`: which setting is its threshold, and what it has, with the defaults. */
interface Rule {
  readonly threshold: Setting;
  /** The threshold that lets through what is `by` times larger, as far as that can be said; absent where a larger one does not clip less. */
  readonly relaxed?: (threshold: number, by: number) => number;
  readonly defaults: Settings;
}

const times = (threshold: number, by: number) => threshold * by;

export const CLIP_RULES = {
  agc: {
    threshold: 'factor',
    relaxed: times,
    defaults: { factor: 0.01, unit: 'output', form: 'hard', eps: 1e-3, exclude: undefined },
  },
  adagc: {
    threshold: 'factor',
    relaxed: (factor, by) => 1 + (factor - 1) * by,
    defaults: { factor: 1.05, maxNorm: 1, beta: 0.98, warmupSteps: 100 },
  },
  zclip: {
    threshold: 'zThreshold',
    relaxed: times,
    defaults: { zThreshold: 2.5, mode: 'reciprocal', beta: 0.97, warmupSteps: 25 },
  },
  autoclip: {
    threshold: 'percentile',
    relaxed: (percentile, by) => 100 - (100 - percentile) / by,
    defaults: { percentile: 10, window: 1000 },
  },
  'block-rms': { threshold: 'maxRms', relaxed: times, defaults: { maxRms: 1 } },
  spike: {
    threshold: 'theta',
    relaxed: (theta, by) => theta * by ** 2,
    defaults: { theta: 5000, beta: 0.999, warmupSteps: 19 },
  },
  spectral: { threshold: 'maxNorm', relaxed: times, defaults: { maxNorm: 0.1, form: 'soft' } },
  'stable-spam': { threshold: 'beta', defaults: { beta: 0.999 } },
  'global-norm': { threshold: 'maxNorm', relaxed: times, defaults: { maxNorm: 1 } },
  value: { threshold: 'maxValue', relaxed: times, defaults: { maxValue: 1 } },
} as const satisfies Readonly<Record<string, Rule>>;

export type ClipRule = keyof typeof CLIP_RULES;

/** The schema of how a trial clips: a rule and its settings. */
export const clipSchema = z
  .strictObject(
    {
      rule: oneOf(Object.keys(CLIP_RULES) as ClipRule[]).describe('a rule of @nfnets/agc'),
      ...(Object.fromEntries(
        Object.entries(SETTINGS).map(([name, schema]) => [name, schema.optional()]),
      ) as unknown as {
        readonly [Name in Setting]: z.ZodOptional<(typeof SETTINGS)[Name]>;
      }),
    },
    section(),
  )
  .superRefine(({ rule, ...settings }, context) => {
    for (const [key, value] of Object.entries(settings)) {
      if (value === undefined || key in CLIP_RULES[rule].defaults) continue;
      const others = Object.entries(CLIP_RULES).flatMap(([name, { defaults }]) => (key in defaults ? [name] : []));
      context.addIssue({
        code: 'custom',
        path: [key],
        message: `belongs to ${others.join(', ')}; ${rule} has ${Object.keys(CLIP_RULES[rule].defaults).join(', ')}`,
      });
    }
  });

export type Clip = z.infer<typeof clipSchema>;

/** A trial's keys about clipping. */
interface ClipKeys {
  readonly clip?: Clip | 'off' | undefined;
  readonly clipFactor?: number | 'off' | undefined;
  readonly clipEps?: number | undefined;
  readonly clipExclude?: readonly string[] | undefined;
  /** Of a trial of one's own, whose keys are no clipping. */
  readonly module?: string | undefined;
}

/** How a trial clips, by `clip` or by the short form `clipFactor`, with all settings; undefined when it does not. Pure. */
export function clipOf({ clip, clipFactor, clipEps, clipExclude, module }: ClipKeys): Clip | undefined {
  if (module !== undefined) return undefined;
  const given =
    clip ??
    (clipFactor === 'off' || clipFactor === undefined
      ? 'off'
      : { rule: 'agc' as const, factor: clipFactor, eps: clipEps, exclude: clipExclude?.slice() });
  if (given === 'off') return undefined;
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...CLIP_RULES[given.rule].defaults, ...Object.fromEntries(set) } as Clip;
}

/** The keys of a trial that clips so, as short as can be: `clipFactor` and its fellows for what they can say. Pure. */
export function canonicalClip(keys: ClipKeys): ClipKeys {
  const clip = clipOf(keys);
  if (clip === undefined) return { clipFactor: 'off' };
  const { rule, ...settings } = clip;
  const { threshold, defaults }: Rule = CLIP_RULES[rule];
  const isOther = ([name, value]: [string, unknown]) =>
    value !== undefined && (name === threshold || JSON.stringify(value) !== JSON.stringify(defaults[name as Setting]));
  const { factor, eps, exclude, ...others } = Object.fromEntries(Object.entries(settings).filter(isOther)) as Settings;
  if (rule === 'agc' && Object.keys(others).length === 0) {
    return { clipFactor: factor, clipEps: eps, clipExclude: exclude };
  }
  return { clip: { rule, ...Object.fromEntries(Object.entries(settings).filter(isOther)) } };
}
