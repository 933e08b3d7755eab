import { tinyConfig } from './quick-config.js';

import { mkdirSync, writeFileSync } from 'node:fs';
import { contentHash } from '../plan/canonical-json.js';
import { mulberry32 } from '../statistics/mulberry32.js';
import type { Trial } from '../schema/trial.js';
import type { FullTrialRecord } from '../schema/trial-record.js';
import { type StoredPlan, runFiles } from '../store/run-folder.js';
import type { SweepConfig } from '../schema/sweep-schema.js';
import type { TrialConfig } from '../schema/trial-schema.js';
import type { MetricsLine } from '../schema/metrics-line.js';
import type { TrialStatus } from '../schema/trial-status.js';
import { trialFiles } from '../store/trial-folder.js';

const LAYERS = [
  'stem0',
  'stem1',
  'stem2',
  'stem3',
  'b0_conv0',
  'b0_conv1',
  'b0_conv2',
  'b1_conv0',
  'b1_conv1',
  'b1_conv2',
  'final',
];
const BASE = tinyConfig().trial;
const START = Date.parse('2026-01-01T00:00:00Z');

/** The sweep of the synthetic records. */
export const syntheticConfig = (): SweepConfig => ({
  ...tinyConfig(),
  name: 'synthetic',
  description: 'A made-up sweep, shaped as the paper says',
});

interface SyntheticOptions {
  readonly clipFactors?: readonly (number | 'off')[];
  readonly batchSizes?: readonly number[];
  readonly seeds?: number;
  /** Adds batch-normalized trials without clipping. */
  readonly hasBaseline?: boolean;
  /** Steps that every trial plans; by default they follow from the batch size. */
  readonly steps?: number;
}

/**
 * Records of a sweep as Brock et al. 2021 describe it: large batches need small clip factors, or diverge; 78 trials with
 * three seeds by default, the same on every machine.
 */
export function syntheticRecords(options: SyntheticOptions = {}): FullTrialRecord[] {
  const {
    clipFactors = [0.01, 0.02, 0.04, 0.08, 0.16],
    batchSizes = [256, 512, 1024, 2048],
    seeds = 3,
    hasBaseline = true,
  } = options;
  const pairs = clipFactors.flatMap((clipFactor) =>
    batchSizes.map((batchSize) => ({ clipFactor, batchSize, model: 'nf_resnet50' })),
  );
  const baseline = hasBaseline
    ? batchSizes.flatMap((batchSize) =>
        ['resnet50', 'nf_resnet50'].map((model) => ({ clipFactor: 'off' as const, batchSize, model })),
      )
    : [];
  return [...pairs, ...baseline].flatMap((values) =>
    Array.from({ length: seeds }, (_, seed) => syntheticRecord({ ...values, seed: seed + 1 }, options.steps)),
  );
}

type Values = { clipFactor: number | 'off'; batchSize: number; model: string; seed: number };

function syntheticRecord({ clipFactor, batchSize, model, seed }: Values, planned?: number): FullTrialRecord {
  const config = { ...BASE, epochs: 8, clipFactor, batchSize, model, seed } as unknown as TrialConfig;
  const steps = planned ?? Math.round(51_200 / batchSize);
  const stepsPerEpoch = Math.max(1, Math.floor(steps / 8));
  const derived = { learningRate: (0.1 * batchSize) / 256, stepsPerEpoch, steps };
  return syntheticOutcome({ id: contentHash(config), config, derived });
}

/** What became of `trial`, by its clip factor and batch size. */
export function syntheticOutcome(trial: Trial): FullTrialRecord {
  const {
    id,
    config: { clipFactor, batchSize, model },
    derived: { steps, stepsPerEpoch: perEpoch },
  } = trial;
  const random = mulberry32(Number.parseInt(id.slice(0, 7), 16));
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const isNormalized = model === 'resnet50';
  const factor = clipFactor === 'off' ? 1 : clipFactor;
  // Even odds at λ = 0.11 * (512 / B)^1.2.
  const margin = Math.log2(factor) - Math.log2(0.11) + 1.2 * Math.log2(batchSize / 512);
  const isDiverged = !isNormalized && random() < 1 / (1 + Math.exp(-3 * margin));
  const last = isDiverged ? Math.max(3, Math.round(steps * (0.1 + 0.3 * random()))) : steps;
  const octaves = Math.log2(batchSize / 512);
  const distance = isNormalized ? 0 : Math.log2(factor / (0.06 * 2 ** (-0.8 * octaves)));
  const accuracy = isNormalized
    ? 0.765 - 0.012 * Math.max(0, octaves) ** 2
    : 0.772 - 0.004 * distance ** 2 - 0.004 * Math.max(0, octaves);
  const measured = Math.max(0.1, accuracy + 0.003 * normal());
  const metrics: MetricsLine[] = [];
  for (let step = 1; step <= last; step++) {
    const epoch = Math.ceil(step / perEpoch);
    const settled = 0.9 + 1.4 * Math.exp((-5 * step) / steps) + 0.05 * normal();
    const loss = isDiverged && step > last - 3 ? settled * 4 ** (step - last + 3) : settled;
    metrics.push({
      type: 'step',
      step,
      epoch,
      samples: step * batchSize,
      loss: isDiverged && step === last ? Number.NaN : loss,
      seconds: 0.2 * step,
      learningRate: (0.1 * batchSize) / 256,
    });
    if (clipFactor !== 'off' && step % 2 === 0) metrics.push(clipLine(step, steps, factor, normal));
    if (step % perEpoch === 0 && !(isDiverged && step === last))
      metrics.push({
        type: 'epoch',
        step,
        epoch,
        samples: step * batchSize,
        loss,
        trainLoss: loss,
        seconds: 0.2 * step,
        accuracy: measured * (1 - Math.exp((-6 * step) / steps)),
      });
  }
  const seconds =
    (isNormalized ? 1.25 : 1) * (200 + 25_000 / batchSize) * (clipFactor === 'off' ? 0.95 : 1) * (1 + 0.02 * normal());
  const status: TrialStatus = {
    status: isDiverged ? 'diverged' : 'done',
    step: last,
    ...(isDiverged ? { reason: 'the loss is NaN' } : {}),
    metrics: isDiverged ? {} : { accuracy: measured, loss: 0.98, trainLoss: 0.9 },
    startedAt: new Date(START).toISOString(),
    endedAt: new Date(START + (1000 * (seconds * last)) / steps).toISOString(),
  };
  return {
    trial,
    status,
    metrics,
    environment: { engine: 'native', cpu: 'made up' },
  };
}

function clipLine(step: number, steps: number, factor: number, normal: () => number): MetricsLine {
  const share = (i: number) =>
    Math.min(1, Math.max(0, 1.1 - 0.25 * Math.log2(factor / 0.01) - 0.05 * i - (0.6 * step) / steps + 0.06 * normal()));
  return {
    type: 'clip',
    step,
    seconds: 0.2 * step,
    layers: Object.fromEntries(LAYERS.map((layer, i) => [layer, Math.round(1000 * share(i)) / 1000])),
  };
}

/** Writes `records` as the run folder `dir`. */
export function writeSyntheticRun(
  dir: string,
  records: readonly FullTrialRecord[],
  config: SweepConfig = syntheticConfig(),
): void {
  mkdirSync(dir, { recursive: true });
  const plan: StoredPlan = { format: 1, hash: 'synthetic', config, trials: records.map(({ trial }) => trial.id) };
  writeFileSync(runFiles(dir).plan, JSON.stringify(plan));
  for (const record of records) writeSyntheticTrial(dir, record);
}

/** Writes the folder of one trial; without a status when it never started. */
export function writeSyntheticTrial(dir: string, { trial, status, metrics, environment }: FullTrialRecord): void {
  const folder = runFiles(dir).trial(trial.id);
  mkdirSync(folder, { recursive: true });
  const files = trialFiles(folder);
  writeFileSync(files.config, JSON.stringify(trial));
  if (status) writeFileSync(files.status, JSON.stringify(status));
  if (metrics.length > 0) writeFileSync(files.metrics, metrics.map((line) => `${JSON.stringify(line)}\n`).join(''));
  if (environment) writeFileSync(files.environment, JSON.stringify(environment));
}
