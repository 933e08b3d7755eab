import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planTrial } from '../plan/index.js';
import type { Trial } from '../schema/index.js';
import { createTrialFolder } from '../store/index.js';
import { kindOf, readTiming, type TrialTiming } from './estimate-time.js';
import type { Executor } from './executor.js';

/** Steps that are made of each kind; the first one compiles. */
const STEPS = 4;

/** Runs a few steps of one trial of each kind among `trials`, in a folder that is gone afterwards. */
export async function measureKinds(trials: readonly Trial[], executor: Executor): Promise<TrialTiming[]> {
  const folder = mkdtempSync(join(tmpdir(), 'nf-sweeps-measure-'));
  try {
    const kinds = new Map(trials.map(({ config: trial }) => [kindOf(trial), trial]));
    const jobs = [...kinds.values()].map((trial, i) => {
      const { epochs: _, samples: __, ...rest } = trial;
      const dir = join(folder, String(i));
      createTrialFolder(dir, planTrial({ ...rest, steps: STEPS, warmupEpochs: 0 }));
      return { id: String(i), dir, trial };
    });
    const never = new AbortController().signal;
    await executor.execute(jobs, { stop: never, kill: never, emit: () => {} });
    return jobs.flatMap(({ dir, trial }) => readTiming(dir, trial) ?? []);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
