import { Argument, Option } from 'commander';
import { EXECUTORS } from '../executors.js';
import type { InitOptions } from '../init-command.js';
import type { PlanCommandOptions } from '../plan-command.js';
import type { RenderOptions } from '../render-command.js';
import type { RunCommandOptions } from '../run-command.js';
import type { WorkerCommandOptions } from '../worker-command.js';
import type { AddCommand } from './add-command.js';
import { slurmWords, wholeNumber } from './option-values.js';
import {
  engine,
  gpus,
  only,
  order,
  out,
  parallel,
  quick,
  redis,
  retry,
  trialModule,
  trustNetwork,
  where,
  workers,
} from './shared-options.js';

/** Adds the commands about a config. */
export function addSweepCommands(add: AddCommand): void {
  const init = add(
    'init',
    'write a first config, with comments, for the images that it is pointed at; for digits without',
  );
  init.command
    .argument('[data]', 'folder of images, or one of its files: train/CLASS/, Parquet, tar, IDX, CIFAR-10')
    .option('--out <file>', 'config to write', 'sweep.yaml')
    .option('--force', 'overwrite it where it is there');
  init.does(async (_, data: string | undefined, options: InitOptions) =>
    (await import('../init-command.js')).initCommand(data, options),
  );

  const plan = add('plan', 'show the trials of a config and which of them the run folder already holds; runs nothing');
  plan.command
    .argument('<config>', CONFIG)
    .argument('[settings...]', 'values that win over the config')
    .addOption(out())
    .addOption(quick())
    .option('--measure', 'make a few steps of each kind of trial, to tell how long the sweep will take')
    .option('--diff <config or run folder>', 'show what the plan adds to that one, and what it takes away')
    .addOption(parallel())
    .addOption(workers())
    .addOption(trustNetwork())
    .addOption(order())
    .addOption(only())
    .addOption(where())
    .addOption(retry())
    .addOption(engine())
    .addOption(trialModule());
  plan.does(async (_, config: string, settings: string[], options: PlanCommandOptions) =>
    (await import('../plan-command.js')).planCommand(config, settings, options),
  );

  const run = add('run', 'run the trials that the run folder does not hold yet, then write the report', {
    isStream: true,
  });
  run.command
    .argument('<config>', CONFIG)
    .argument('[settings...]', 'values that win over the config: trial.epochs=3 axes.batchSize=64,256')
    .addOption(out())
    .addOption(parallel())
    .addOption(workers())
    .addOption(trustNetwork())
    .addOption(new Option('--executor <name>', 'where the trials run').choices(EXECUTORS).default('local'))
    .addOption(redis())
    .addOption(
      new Option('--slurm <arguments>', 'for sbatch, as "--partition=gpu --time=4:00:00"').argParser(slurmWords),
    )
    .addOption(gpus())
    .addOption(quick())
    .addOption(order())
    .addOption(only())
    .addOption(where())
    .addOption(retry())
    .addOption(engine())
    .addOption(trialModule())
    .addHelpText('after', RUN_EXAMPLES);
  run.does(async (output, config: string, settings: string[], options: RunCommandOptions) =>
    (await import('../run-command.js')).runCommand(config, settings, options, output),
  );

  const worker = add(
    'worker',
    'run trials from a Redis queue, on a machine that shares the run folder; any number of workers',
    { isStream: true },
  );
  worker.command
    .addOption(redis())
    .option('--slots <number>', "trials at a time; they share the machine's threads", wholeNumber, 1)
    .addOption(gpus())
    .addOption(engine())
    .option(
      '--lock-seconds <number>',
      'after how long the trial of a worker that died goes to another',
      wholeNumber,
      30,
    );
  worker.does(async (output, options: WorkerCommandOptions) =>
    (await import('../worker-command.js')).workerCommand(options, output),
  );

  const render = add('render', 'print what runs a sweep elsewhere: k8s, an Indexed Job of Kubernetes');
  render.command
    .addArgument(new Argument('<target>', 'for what').choices(['k8s']))
    .argument('<config>', 'sweep config')
    .argument('[settings...]', 'values that win over the config')
    .requiredOption('--out <dir>', 'run folder, on the volume that the pods mount; its trials are laid out in it')
    .requiredOption('--image <name>', 'container image that has nf-sweeps')
    .requiredOption('--claim <name>', 'PersistentVolumeClaim of the volume')
    .requiredOption(
      '--mount <dir>',
      'where pods see the run folder; or the volume, where that is mounted here under the same path',
    )
    .option(
      '--sub-path <path>',
      'run folder within the volume (default: the volume itself, or what --out is in --mount)',
    )
    .addOption(parallel())
    .addOption(workers())
    .addOption(trustNetwork())
    .option('--cpu <number>', 'processors of a trial', '1')
    .option('--memory <quantity>', 'memory of a trial', '2Gi')
    .option('--gpus <number>', 'graphics cards of a trial', wholeNumber)
    .addOption(quick())
    .addOption(order())
    .addOption(engine());
  render.does(async (_, _target: string, config: string, settings: string[], options: RenderOptions) =>
    (await import('../render-command.js')).renderCommand(config, settings, options),
  );
}

const CONFIG = 'sweep config (YAML, JSON or TypeScript), or a run folder, which holds its own';

const RUN_EXAMPLES = `
Examples:
  nf-sweeps run sweeps/quickstart.yaml --parallel 4
  nf-sweeps run sweeps/quickstart.yaml --quick axes.clipFactor=off,0.01 axes.batchSize=64
  nf-sweeps run sweeps/quickstart.yaml trial.learningRate.base=0.2 --out runs/faster

A second run in the same folder makes only what is missing. Other values than the folder was made with need another --out.`;
