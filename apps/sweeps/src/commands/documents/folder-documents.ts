import { z } from 'zod';
import {
  best,
  counts,
  figure,
  figures,
  tableCell,
  texts,
  trialConfig,
  trialState,
  values,
  whole,
} from './document-parts.js';

const trialSummary = z.object({
  id: z.string(),
  status: trialState,
  reason: z.string().optional(),
  config: trialConfig,
  learningRate: figure.describe('peak learning rate'),
  step: whole.describe('steps made'),
  steps: whole.describe('steps planned'),
  lostAt: whole.optional().describe('of a trial that diverged: the step at which its loss was lost'),
  metrics: figures.describe(
    'accuracy, 0 to 1, and loss on the test images, trainLoss; of its own module, what it measured',
  ),
  seconds: figure.optional(),
});

export const reportDocument = z.object({
  dir: z.string(),
  summary: z.object({ name: z.string(), counts, best: best.optional(), trials: z.array(trialSummary) }),
  files: z.object({ report: z.string(), summary: z.string(), figures: z.string() }),
  figures: texts.describe('names of the figures that were drawn'),
  leftOut: z.array(z.object({ name: z.string(), reason: z.string() })).describe('figures that do not apply, and why'),
  problems: texts.describe('pictures that could not be drawn'),
  clipping: z
    .array(z.looseObject({ name: z.string(), verdict: z.string(), advice: texts }))
    .describe('what clipping did, by combination of values: clipping.json'),
  importance: z
    .looseObject({
      method: z.enum(['anova', 'ped-anova']),
      axes: z.array(z.looseObject({ path: z.string(), share: figure.describe('0 to 1') })),
    })
    .optional()
    .describe('how much each axis matters for the accuracy, the most important first: importance.json'),
});

const comparedSide = z.object({ mean: figure.optional(), done: whole, diverged: whole, trials: whole });

export const compareDocument = z.object({
  a: z.string(),
  b: z.string(),
  treatment: z
    .array(z.object({ path: z.string(), a: tableCell, b: tableCell }))
    .describe('what the sweeps differ in throughout'),
  rows: z.array(
    z.object({
      values,
      a: comparedSide,
      b: comparedSide,
      pairs: whole,
      bySeed: figures.describe('B - A in percentage points, by seed'),
      difference: figure.optional().describe('mean of B - A in percentage points'),
      sd: figure,
    }),
  ),
  alone: z.object({ a: whole, b: whole }).describe('trials without a partner'),
  divergedOnly: z.object({ a: whole, b: whole }).describe('trials of pairs of which the other did not diverge'),
  overall: z
    .object({ mean: figure, rows: whole, seeds: whole, interval: z.array(figure).length(2).optional() })
    .optional()
    .describe('B - A over all rows in percentage points, with a 95 % interval where there are seeds for one'),
  files: z.object({ comparison: z.string(), figure: z.string().optional() }),
});

const judgedSide = z.object({
  ...{ trials: texts, mean: figure.optional(), sd: figure.optional() },
  ...{ trained: whole, diverged: whole, pruned: whole, open: whole },
});
const p = figure.optional();
const answer = z.enum(['keep', 'discard', 'test again']);
const noise = z.object({ variance: figure, freedom: figure, pooled: figure, samples: whole });

export const verdictDocument = z.object({
  a: z.string(),
  b: z.string(),
  answer: answer.describe('of all comparisons together: test again while one says so, keep where all do'),
  goal: z.object({
    level: figure,
    margin: figure.describe('percentage points'),
    power: figure,
    looks: whole,
  }),
  judgements: z.array(
    z.object({
      at: values.describe('what A and B have in common, where it differs among the comparisons'),
      ...{ a: judgedSide, b: judgedSide },
      design: z.enum(['paired', 'unpaired']).optional(),
      samples: z.array(whole).optional(),
      difference: figure.optional().describe('B - A in percentage points'),
      interval: z.array(figure).length(2).optional(),
      freedom: figure.optional(),
      better: p.describe("Holm's p value that B is better"),
      notBetter: p.describe("Holm's p value that B is not better by the margin"),
      ...{ divergesLess: p, divergesMore: p },
      answer,
      seeds: whole.nullable().optional().describe('seeds in all that it takes; null where more than can be run'),
    }),
  ),
  noise: z.object({ pairs: noise, cells: noise }).describe('in squared percentage points'),
  commands: z
    .array(z.object({ command: z.string(), trials: whole }))
    .describe('what adds the seeds that are asked for, and how many trials that is'),
  notes: texts,
});

export const lsDocument = z.object({
  dir: z.string(),
  sweeps: z.array(
    z.object({
      folder: z.string(),
      counts,
      total: whole,
      best: best.optional(),
      at: z.string().describe('what tells the best combination from the others'),
      last: z.string().optional().describe('when a trial last started or ended, ISO 8601'),
    }),
  ),
});

export const gcDocument = z.object({
  dir: z.string(),
  isDryRun: z.boolean(),
  bytes: whole.describe('freed, or that would be'),
  trials: whole,
});

export const reindexDocument = z.object({ dir: z.string(), index: z.string(), trials: whole, bytes: whole });

export const reproDocument = z.object({
  trial: z.string(),
  dir: z.string().describe('folder of the second run'),
  isSame: z.boolean().describe('whether it is the same run within the tolerance'),
  before: z.string().optional().describe('how the first run ended'),
  after: z.string().optional(),
  steps: whole.describe('steps whose losses were compared'),
  firstDifference: whole.optional(),
  largest: figure.describe('largest relative difference of a loss'),
  tolerance: figure,
  environment: texts.describe('what of software and machine is another one'),
});
