import { syntheticOutcome, writeSyntheticTrial } from './synthetic-sweep.js';

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSweepConfig } from '../config/load-sweep-config.js';
import { planTrials } from '../plan/plan-trials.js';
import { runFiles } from '../store/run-folder.js';
import { storedPlan } from '../store/stored-plan.js';
import { jsonText } from '../store/write-file-safely.js';

/** `grid`: combinations with many seeds each. `random`: every trial a combination of its own, of six axes. */
export type SweepShape = 'grid' | 'random';

const BASE = `engine: wasm
trial:
  model: nfnet_digits
  dataset: { name: mnist, train: 6400, test: 2000 }
  epochs: 8
  learningRate: { base: 0.2 }
  warmupEpochs: 1
`;

const AXES: Readonly<Record<SweepShape, (trials: number) => string>> = {
  grid: (trials) => `seeds: ${Math.ceil(trials / 40)}
axes:
  clipFactor: { logRange: [0.0025, 0.64], count: 8 }
  batchSize: [64, 128, 256, 512, 1024]
`,
  random: (trials) => `method: { name: random, count: ${trials}, seed: 1 }
axes:
  clipFactor: { logRange: [0.0025, 0.64] }
  batchSize: [64, 128, 256, 512, 1024]
  learningRate.base: { logRange: [0.02, 2] }
  momentum: { range: [0.5, 0.99] }
  weightDecay: { logRange: [1e-6, 1e-3] }
  labelSmoothing: { range: [0, 0.2] }
`,
};

/** Writes a config and the run folder of its trials, all ended, into `folder`; metrics and clipping as of real training. */
export async function writeLargeSweep(folder: string, shape: SweepShape, trials: number) {
  const file = join(folder, `${shape}.yaml`);
  const dir = join(folder, 'runs', shape);
  mkdirSync(dir, { recursive: true });
  writeFileSync(file, `name: ${shape}\n${BASE}${AXES[shape](trials)}`);
  const config = await loadSweepConfig(file);
  const planned = planTrials(config);
  writeFileSync(runFiles(dir).plan, jsonText(storedPlan(config, planned)));
  for (const trial of planned) writeSyntheticTrial(dir, syntheticOutcome(trial));
  return { file, dir, trials: planned };
}
