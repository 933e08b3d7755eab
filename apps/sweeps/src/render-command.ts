import { join, posix } from 'node:path';
import type { EngineName } from './engines.js';
import { kubernetesJob } from './kubernetes-job.js';
import { layOutRun } from './lay-out-run.js';
import { loadSweepConfig } from './load-sweep-config.js';
import { readRecord } from './run-folder.js';
import { lockRunFolder } from './run-lock.js';
import { sweepTrials } from './sweep-trials.js';
import { writeFileSafely } from './write-file-safely.js';

export interface RenderOptions {
  readonly out: string;
  readonly image: string;
  readonly claim: string;
  readonly mount: string;
  readonly parallel?: number;
  readonly cpu: string;
  readonly memory: string;
  readonly gpus?: number;
  readonly quick?: boolean;
  readonly engine?: EngineName;
}

/** Lays out the run folder of the config `file` and prints the Kubernetes Job that runs its trials. */
export async function renderCommand(file: string, overrides: readonly string[], options: RenderOptions): Promise<void> {
  const { out, image, claim, mount, cpu, memory, gpus = 0, quick = false } = options;
  const config = await loadSweepConfig(file, { quick, overrides });
  const unlock = lockRunFolder(out);
  try {
    const trials = sweepTrials(config, (trial) => readRecord(out, trial));
    layOutRun(out, config, trials);
    // As the pods see them.
    const folders = trials.map(({ id }) => posix.join(mount, 'trials', id));
    writeFileSafely(join(out, 'k8s.txt'), `${folders.join('\n')}\n`);
    const job = kubernetesJob({
      ...{ name: config.name, trials: trials.length, image, claim, mount, cpu, memory, gpus },
      manifest: posix.join(mount, 'k8s.txt'),
      parallel: options.parallel ?? config.parallel,
      engine: options.engine ?? config.engine,
      restarts: config.restarts,
    });
    process.stdout.write(job);
  } finally {
    unlock();
  }
}
