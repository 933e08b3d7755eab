import { z } from 'zod';
import { figure, texts, whole } from './document-parts.js';

export const exportDocument = z.object({
  dir: z.string(),
  table: z.string(),
  format: z.string(),
  out: z.string().optional().describe('file that was written'),
  columns: texts.describe('of a table'),
  count: whole.describe('rows, or lines of a journal'),
  rows: z.array(z.record(z.string(), z.unknown())).optional().describe('where no file was asked for'),
});

export const renderDocument = z.object({
  name: z.string(),
  dir: z.string(),
  trials: whole,
  job: z.string().describe('the manifest, in YAML'),
});

const probe = z.union([
  z.object({
    engine: z.string(),
    isAvailable: z.literal(true),
    chosen: z.string().describe('what runs: itself, or what auto settled on'),
    reason: z.string(),
    versions: z.record(z.string(), z.string()),
    threads: whole.optional(),
    gigaflops: figure.optional().describe('of a convolution, forward and backward'),
  }),
  z.object({
    engine: z.string(),
    isAvailable: z.literal(false),
    reason: z.string().describe('what it lacks, and what to do about it'),
  }),
]);

export const doctorDocument = z.object({
  machine: z.object({
    ...{ node: z.string(), platform: z.string(), cpu: z.string() },
    ...{ cores: whole, memoryGiB: whole },
  }),
  auto: probe.describe('what `auto` takes'),
  engines: z.array(probe),
});

export const initDocument = z.object({
  file: z.string().describe('the config that was written'),
  data: z.object({
    name: z.string().describe('of trial.dataset'),
    path: z.string().optional(),
    train: whole.describe('images there are'),
    test: whole,
    classes: whole,
    side: whole.optional().describe('shorter side of the images in pixels'),
    columns: z.object({ image: z.string().optional(), label: z.string().optional() }).optional(),
  }),
  config: z.string().describe('its text'),
});

export const guideDocument = z.object({ text: z.string() });
