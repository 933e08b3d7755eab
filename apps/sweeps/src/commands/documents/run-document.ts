import { z } from 'zod';
import { best, counts, figure, figures, texts, trialConfig, whole } from './document-parts.js';

const event = <Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) =>
  z.object({ type: z.literal(type), time: z.string().describe('ISO 8601'), ...shape });

const id = z.string().describe('of the trial');
const ended = { id, step: whole, metrics: figures, reason: z.string().optional() };

/** The lines of `run --json` before the last. */
const runEvents = [
  event('sweep-started', { name: z.string(), dir: z.string() }),
  event('trials-planned', {
    trials: whole.describe('that are asked for'),
    toRun: z.array(z.object({ id, config: trialConfig })).describe('in their order; a search plans several times'),
  }),
  event('trial-started', { id }),
  event('trial-resumed', { id, step: whole.describe('steps made before') }),
  event('trial-epoch', {
    ...{ id, epoch: whole, step: whole, samples: whole },
    ...{ trainLoss: figure.optional(), loss: figure.optional(), accuracy: figure.optional() },
    ...{ emaLoss: figure.optional(), emaAccuracy: figure.optional() },
  }),
  event('trial-restarted', { id, restart: whole, restarts: whole, reason: z.string() }),
  event('trial-done', ended),
  event('trial-diverged', { ...ended, lostAt: whole.optional() }),
  event('trial-pruned', ended),
  event('trial-failed', { ...ended, output: z.string().describe('the last lines that it printed') }),
  event('trial-preempted', ended),
  event('note', { text: z.string() }),
] as const;

export const runEventDocument = z.union(runEvents);

/** The last line of `run --json`. */
export const runDocument = z.object({
  type: z.literal('sweep-ended'),
  name: z.string(),
  dir: z.string(),
  asked: whole.describe('trials that were asked for; the folder may have more'),
  failed: texts.describe('ids of those that have no result'),
  isStopped: z.boolean().describe('whether it was stopped; the same command continues'),
  counts,
  best: best.optional(),
  boundary: z
    .array(
      z.object({
        cell: trialConfig,
        stable: figure.optional(),
        unstable: figure.optional(),
        tried: z.array(z.object({ value: figure, diverged: whole, of: whole })),
      }),
    )
    .optional()
    .describe('of a boundary search: the largest value known to be stable, and the smallest known not to be'),
  files: z.object({ report: z.string(), figures: z.string(), summary: z.string() }),
});

/** The lines of `worker --json`. */
export const workerEventDocument = event('note', { text: z.string() });
export const workerDocument = z.object({ type: z.literal('worker-ended') });

/** The first line of `serve --json`; it has no other but an error. */
export const serveEventDocument = event('serving', {
  dir: z.string(),
  address: z.string().describe('with the token, where it needs one'),
  token: z.string().optional(),
});
export const serveDocument = z.object({ type: z.literal('serve-ended') });
