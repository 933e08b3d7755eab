import { join, posix, relative, resolve, sep } from 'node:path';
import { loadSweepConfig } from '../config/index.js';
import type { EngineName } from '../engines/index.js';
import { kubernetesJob } from '../execute/index.js';
import { orderTrials, sweepTrials } from '../plan/index.js';
import { layOutRun, lockRunFolder, readRecord, writeFileSafely } from '../store/index.js';
import { SweepError } from '../sweep-error.js';
import type { DocumentOf } from './documents/document-parts.js';
import type { renderDocument } from './documents/other-documents.js';
import { EXIT } from './exit-codes.js';
import { withKeyOptions } from './key-options.js';
import type { CommandResult } from './output/command-result.js';

export interface RenderOptions {
  readonly out: string;
  readonly image: string;
  readonly claim: string;
  readonly mount: string;
  readonly subPath?: string;
  readonly parallel?: number;
  readonly cpu: string;
  readonly memory: string;
  readonly gpus?: number;
  readonly quick?: boolean;
  readonly engine?: EngineName;
  readonly order?: string;
  readonly workers?: number;
  readonly trustNetwork?: boolean;
}

/** Lays out the run folder of the config `file` and makes the Kubernetes Job that runs its trials. */
export async function renderCommand(
  file: string,
  overrides: readonly string[],
  options: RenderOptions,
): Promise<CommandResult<DocumentOf<typeof renderDocument>>> {
  const { out, image, claim, cpu, memory, gpus = 0, quick = false } = options;
  assertLegal(options);
  const { mount, subPath } = mountOf(options);
  const config = await loadSweepConfig(file, { quick, overrides: withKeyOptions(overrides, options) });
  if (config.trialModule !== undefined)
    throw new SweepError(
      `render: takes no config with trialModule (${config.trialModule}), which the pods would not have. Run it with --executor local, redis or slurm.`,
    );
  const { workers, trustNetwork } = config;
  if (workers > 1 && !trustNetwork) {
    throw new SweepError(
      `workers: ${workers} pods meet over the cluster's network, where whoever reaches their ports controls them. Set trustNetwork: true, or --trust-network, where only they can: the job comes with a policy for that.`,
    );
  }
  const unlock = lockRunFolder(out);
  try {
    const trials = sweepTrials(config, (trial) => readRecord(out, trial));
    layOutRun(out, config, trials);
    // As the pods see them, which are started in this order.
    const folders = orderTrials(trials, config).map(({ id }) => posix.join(mount, 'trials', id));
    writeFileSafely(join(out, 'k8s.txt'), `${folders.join('\n')}\n`);
    const job = kubernetesJob({
      ...{ name: config.name, trials: trials.length, image, claim, mount, cpu, memory, gpus },
      ...(subPath === undefined ? {} : { subPath }),
      manifest: posix.join(mount, 'k8s.txt'),
      parallel: options.parallel ?? config.parallel,
      engine: options.engine ?? config.engine,
      restarts: config.restarts,
      workers,
    });
    return { data: { name: config.name, dir: out, trials: trials.length, job }, text: () => job, exitCode: EXIT.ok };
  } finally {
    unlock();
  }
}

/**
 * Where pods see the run folder, and which folder of the volume that is. Where the volume is mounted here as it is there, and the run
 * folder lies in it, both follow.
 */
function mountOf({ out, mount, subPath }: RenderOptions): { mount: string; subPath?: string } {
  if (subPath !== undefined) return { mount, subPath };
  const inside = relative(mount, resolve(out));
  if (inside === '' || inside === '..' || inside.startsWith(`..${sep}`)) return { mount };
  return { mount: posix.join(mount, inside), subPath: inside };
}

/** A number with one of Kubernetes' units. */
const QUANTITY = /^\d+(?:\.\d+)?(?:m|k|[KMGTPE]i?)?$/;

/** What the API server would refuse, each with its rule. */
function assertLegal({ image, claim, mount, subPath, cpu, memory }: RenderOptions): void {
  const isPath = (path: string) => !path.split('/').includes('..');
  const rules: [option: string, value: string, isLegal: boolean, rule: string][] = [
    ['--image', image, /^\S+$/.test(image), 'the name of an image, without blanks'],
    [
      '--claim',
      claim,
      claim.length <= 253 && /^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/.test(claim),
      'small letters, digits, "-" and "."',
    ],
    [
      '--mount',
      mount,
      mount.startsWith('/') && !mount.includes(':') && isPath(mount),
      'a path from / without ":" and ".."',
    ],
    ['--cpu', cpu, QUANTITY.test(cpu), 'a number of processors, as 2 or 500m'],
    ['--memory', memory, QUANTITY.test(memory), 'a number of bytes, as 2Gi'],
  ];
  if (subPath !== undefined) {
    rules.push([
      '--sub-path',
      subPath,
      !subPath.startsWith('/') && isPath(subPath),
      'a path in the volume, without ".."',
    ]);
  }
  for (const [option, value, isLegal, rule] of rules) {
    if (!isLegal) throw new SweepError(`${option}: must be ${rule}, got ${JSON.stringify(value)}.`);
  }
}
