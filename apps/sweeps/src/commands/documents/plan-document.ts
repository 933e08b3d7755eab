import { z } from 'zod';
import { figure, texts, trialConfig, trialState, whole } from './document-parts.js';

const planned = z.object({
  id: z.string(),
  config: trialConfig,
  learningRate: figure.describe('peak learning rate'),
  steps: whole.describe('steps that it makes'),
  status: trialState.describe('queued: to run'),
});

export const planDocument = z.object({
  name: z.string(),
  dir: z.string().describe('run folder'),
  trials: z.array(planned),
  toRun: texts.describe('ids of those that `run` would make, in its order'),
  isPart: z.boolean().describe('whether the folder has more trials than these, which stay'),
  isSearch: z.boolean().describe('whether a boundary search adds trials as results come in'),
  repeated: whole.describe('drawn trials that repeat others, and are made once'),
  conflicts: texts.describe('why the folder belongs to another plan; none where `run` takes it'),
  diff: z
    .object({
      added: texts,
      removed: z.array(z.object({ id: z.string(), config: trialConfig })),
      kept: texts,
      changes: texts,
    })
    .optional()
    .describe('of --diff: ids of the trials that this plan adds, takes away and keeps'),
  estimate: z
    .object({ seconds: figure, parallel: whole, source: z.enum(['measured', 'trials in the folder']) })
    .optional()
    .describe('how long the trials to run will take; absent where it is not known'),
});
