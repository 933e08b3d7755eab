import { readFileSync } from 'node:fs';
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { ENGINES, type EngineName, MEASURABLE_ENGINES, probeEngine } from '../engines/index.js';
import { SweepError } from '../sweep-error.js';
import type { RunTrialOptions } from '../trial/index.js';
import { EXECUTORS } from './executors.js';
import { EXIT } from './exit-codes.js';
import { EXPORT_FORMATS, EXPORT_TABLES, type ExportOptions } from './export-formats.js';
import type { PlanCommandOptions } from './plan-command.js';
import type { RenderOptions } from './render-command.js';
import type { ReproOptions } from './repro-command.js';
import type { RunCommandOptions } from './run-command.js';
import { slurmArguments } from './slurm-arguments.js';
import type { VerdictCommandOptions } from './verdict-command.js';
import type { WorkerCommandOptions } from './worker-command.js';

/** Runs `nf-sweeps` with `args` and returns its exit code. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = describeProgram((code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const isKnown = error instanceof SweepError;
    process.stderr.write(`${isKnown ? error.message : (refusal(error) ?? (error as Error).stack ?? String(error))}\n`);
    // A full disk is not the user's typing mistake.
    return isKnown && error.cause === undefined ? EXIT.usage : EXIT.failed;
  }
}

/** What the system refused, where `error` is of that kind: the file and the reason say more than a stack. */
function refusal(error: unknown): string | undefined {
  const { code, path, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || path === undefined) return undefined;
  return `${path}: the system refused to ${syscall ?? 'use'} it (${code}). Mend or move it, and run the same command again.`;
}

/** The commands. Each loads its code when it is called, so that `--help` and `ls` do not wait for tfjs. */
function describeProgram(exit: (code: number) => void): Command {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const program = new Command('nf-sweeps')
    .description(
      'Trains a network once for every combination of clip factor, batch size, or any other setting, and draws what came out.',
    )
    .version(version)
    .exitOverride()
    .showHelpAfterError('(nf-sweeps --help lists the commands and options)')
    .addHelpText('after', EXAMPLES);
  const engine = () => new Option('--engine <name>', "what runs the tensors, instead of the config's").choices(ENGINES);
  const quick = ['--quick', "the short version in the config's `quick` section, in a run folder of its own"] as const;
  const out = ['--out <dir>', 'run folder (default: runs/<name of the sweep>; of a run folder, itself)'] as const;
  const trialModule = () =>
    new Option(
      '--trial-module <file>',
      'module whose default export is the TrialFunction to run instead of the training',
    );
  const gpus = () =>
    new Option('--gpus <list>', 'indices of graphics cards, as 0,1: dealt to the trials in turn').argParser(gpuList);
  const redis = () =>
    new Option('--redis <url>', 'Redis or Valkey of the redis executor')
      .env('REDIS_URL')
      .default('redis://127.0.0.1:6379');
  const leaseSeconds = () =>
    new Option('--lease-seconds <seconds>').env('NF_SWEEPS_LEASE_SECONDS').argParser(Number).hideHelp();

  program
    .command('run')
    .description('run the trials that the run folder does not hold yet, then write the report')
    .argument('<config>', 'sweep config (YAML, JSON or TypeScript), or a run folder, which holds its own')
    .argument('[settings...]', 'values that win over the config: trial.epochs=3 axes.batchSize=64,256')
    .option(...out)
    .option('--parallel <number>', "trials at a time, instead of the config's", wholeNumber)
    .addOption(new Option('--executor <name>', 'where the trials run').choices(EXECUTORS).default('local'))
    .addOption(redis())
    .addOption(
      new Option('--slurm <arguments>', 'for sbatch, as "--partition=gpu --time=4:00:00"').argParser(slurmWords),
    )
    .addOption(gpus())
    .option(...quick)
    .addOption(engine())
    .addOption(trialModule())
    .addHelpText('after', RUN_EXAMPLES)
    .action(async (config: string, settings: string[], options: RunCommandOptions) => {
      exit(await (await import('./run-command.js')).runCommand(config, settings, options));
    });
  program
    .command('worker')
    .description('run trials from a Redis queue, on a machine that shares the run folder; any number of workers')
    .addOption(redis())
    .option('--slots <number>', "trials at a time; they share the machine's threads", wholeNumber, 1)
    .addOption(gpus())
    .addOption(engine())
    .option(
      '--lock-seconds <number>',
      'after how long the trial of a worker that died goes to another',
      wholeNumber,
      30,
    )
    .action(async (options: WorkerCommandOptions) => {
      exit(await (await import('./worker-command.js')).workerCommand(options));
    });
  program
    .command('plan')
    .description('show the trials of a config and which of them the run folder already holds; runs nothing')
    .argument('<config>', 'sweep config (YAML, JSON or TypeScript), or a run folder, which holds its own')
    .argument('[settings...]', 'values that win over the config')
    .option(...out)
    .option(...quick)
    .option('--measure', 'make a few steps of each kind of trial, to tell how long the sweep will take')
    .option('--diff <config or run folder>', 'show what the plan adds to that one, and what it takes away')
    .option('--parallel <number>', "trials at a time, instead of the config's", wholeNumber)
    .addOption(engine())
    .addOption(trialModule())
    .action(async (config: string, settings: string[], options: PlanCommandOptions) => {
      exit(await (await import('./plan-command.js')).planCommand(config, settings, options));
    });
  program
    .command('report')
    .description('write summary.json, report.html and figures/ again from what a run folder holds')
    .argument('<dir>', 'run folder')
    .action(async (dir: string) => exit(await (await import('./report-command.js')).reportCommand(dir)));
  program
    .command('compare')
    .description('compare two run folders trial by trial: a table of paired differences and a figure')
    .argument('<a>', 'run folder')
    .argument('<b>', 'run folder whose trials have the same values, but for those that are the same throughout each')
    .option('--out <dir>', 'where compare.json and the figure go (default: <a>-vs-<b> beside A)')
    .action(async (a: string, b: string, options: { out?: string }) =>
      exit(await (await import('./compare-command.js')).compareCommand(a, b, options)),
    );
  program
    .command('verdict')
    .description('say whether B is really better than A: keep, discard, or test again with how many seeds')
    .argument('<a>', 'run folder')
    .argument('[b]', 'another, whose trials are compared with those of A')
    .option('--between <settings...>', 'A and B in one run folder, as clipFactor=0.01 clipFactor=0.04')
    .option('--where <settings...>', 'only where trials have these values, as batchSize=256')
    .addOption(
      new Option('--margin <points>', 'least difference in percentage points of accuracy that matters')
        .argParser(positive)
        .default(0.5),
    )
    .addOption(
      new Option(
        '--power <share>',
        'the chance that the seeds asked for decide, where B is better by the margin or not at all',
      )
        .argParser(share)
        .default(0.8),
    )
    .addOption(new Option('--level <share>', 'the chance to keep a B that is no better').argParser(share).default(0.05))
    .option(
      '--looks <number>',
      'how often you mean to ask, as seeds are added: the level is shared among them',
      wholeNumber,
      2,
    )
    .addHelpText('after', VERDICT_HELP)
    .action(async (a: string, b: string | undefined, options: VerdictCommandOptions) => {
      exit(await (await import('./verdict-command.js')).verdictCommand(a, b, options));
    });
  program
    .command('serve')
    .description('show a run folder as a live page in the browser; reads only')
    .argument('<dir>', 'run folder')
    .option(
      '--host <host>',
      'address to listen on; any but a loopback address asks for a token, which is printed',
      '127.0.0.1',
    )
    .option('--port <number>', 'port to listen on; 0 takes a free one', port, 7331)
    .action(async (dir: string, options: { host: string; port: number }) =>
      (await import('./serve-command.js')).serveCommand(dir, options),
    );
  program
    .command('export')
    .description('write the trials of a run folder, or their epochs, as a table, a row each')
    .argument('<dir>', 'run folder')
    .addOption(new Option('--format <name>', 'of the table').choices(EXPORT_FORMATS).default('csv'))
    .addOption(new Option('--table <name>', 'what the rows are').choices(EXPORT_TABLES).default('trials'))
    .option('--out <file>', 'file to write (default: standard output)')
    .action(async (dir: string, options: ExportOptions) => {
      exit(await (await import('./export-command.js')).exportCommand(dir, options));
    });
  program
    .command('reindex')
    .description('make the SQLite index of a run folder again from the files of its trials')
    .argument('<dir>', 'run folder')
    .action(async (dir: string) => exit(await (await import('./reindex-command.js')).reindexCommand(dir)));
  program
    .command('repro')
    .description('run a trial again in a fresh folder, and compare the losses of its steps')
    .argument('<dir>', 'folder of the trial: runs/NAME/trials/ID')
    .option('--out <dir>', 'folder of the second run (default: repro/ID in the run folder)')
    .addOption(engine())
    .option('--tolerance <share>', 'largest relative difference of a loss that counts as the same', notNegative, 0)
    .addOption(trialModule())
    .action(async (dir: string, options: ReproOptions) => {
      exit(await (await import('./repro-command.js')).reproCommand(dir, options));
    });
  program
    .command('gc')
    .description('remove the checkpoints of the finished trials of a run folder')
    .argument('<dir>', 'run folder')
    .option('--dry-run', 'only say what it would free')
    .action(async (dir: string, options: { dryRun?: boolean }) => {
      exit(await (await import('./gc-command.js')).gcCommand(dir, options));
    });
  program
    .command('render')
    .description('print what runs a sweep elsewhere: k8s, an Indexed Job of Kubernetes')
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
    .option('--parallel <number>', "trials at a time, instead of the config's", wholeNumber)
    .option('--cpu <number>', 'processors of a trial', '1')
    .option('--memory <quantity>', 'memory of a trial', '2Gi')
    .option('--gpus <number>', 'graphics cards of a trial', wholeNumber)
    .option(...quick)
    .addOption(engine())
    .action(async (_target: string, config: string, settings: string[], options: RenderOptions) => {
      await (await import('./render-command.js')).renderCommand(config, settings, options);
    });
  program
    .command('ls')
    .description('list the sweeps in a folder of run folders')
    .argument('[dir]', 'folder', 'runs')
    .action(async (dir: string) => exit(await (await import('./ls-command.js')).lsCommand(dir)));
  program
    .command('doctor')
    .description('show which engines work on this machine, how fast each is, and how to get a faster one')
    .addArgument(new Argument('[engines...]', 'try these only').choices(MEASURABLE_ENGINES))
    .option('--json', 'print it as JSON')
    .action(async (engines: EngineName[], options: { json?: boolean }) => {
      exit(await (await import('./doctor-command.js')).doctorCommand(engines, options));
    });
  program
    .command('probe-engine', { hidden: true })
    .addArgument(new Argument('<engine>').choices(ENGINES))
    .option('--measure')
    .action(async (engine: EngineName, { measure = false }: { measure?: boolean }) => {
      const probe = await probeEngine(engine, { measure });
      // Engines keep threads and handles open that would hold the process, or crash while it ends.
      if (process.send) process.send(probe, undefined, undefined, () => process.exit(EXIT.ok));
      else process.stdout.write(`${JSON.stringify(probe)}\n`, () => process.exit(EXIT.ok));
    });
  program
    .command('run-trial', { hidden: true })
    .argument('<dir>', 'folder of one trial')
    .addOption(engine().default('auto'))
    .option('--threads <number>', 'threads it may use', wholeNumber, 1)
    .addOption(leaseSeconds())
    .addOption(trialModule())
    .action(async (dir: string, options: RunTrialOptions) => {
      const code = await (await import('../trial/index.js')).runTrial(dir, options);
      // Engines keep threads and handles open that would hold the process.
      process.exit(code);
    });
  return program;
}

function port(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new InvalidArgumentError('It must be a port, 0 to 65535.');
  return Number(text);
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('It must be a whole number of at least 1.');
  return Number(text);
}

function notNegative(text: string): number {
  const value = Number(text);
  if (!(value >= 0)) throw new InvalidArgumentError('It must be a number of at least 0.');
  return value;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

function share(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError('It must be a number between 0 and 1, as 0.05.');
  return value;
}

function gpuList(text: string): string[] {
  if (!/^\d+(,\d+)*$/.test(text))
    throw new InvalidArgumentError('It must be whole numbers with commas between, as 0,1.');
  return text.split(',');
}

function slurmWords(text: string): string[] {
  try {
    return slurmArguments(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

const EXAMPLES = `
Examples:
  nf-sweeps plan sweeps/quickstart.yaml                 what would run, with learning rates and steps
  nf-sweeps run sweeps/quickstart.yaml --quick          the short version, to see that it works
  nf-sweeps run sweeps/quickstart.yaml                  all of it; run again to continue after a stop
  nf-sweeps run sweeps/quickstart.yaml trial.epochs=8 --out runs/eight
  nf-sweeps report runs/quickstart                      draw the report again
  nf-sweeps serve runs/quickstart                       watch it in the browser, also while it runs
  nf-sweeps compare runs/bn runs/nf                     paired differences of two sweeps, with a figure
  nf-sweeps verdict runs/quickstart --between clipFactor=0.01 clipFactor=0.16    is the difference real?
  nf-sweeps ls                                          all sweeps under runs/
  nf-sweeps doctor                                      which engines work here, and how fast

Exit codes: 0 every trial is done, diverged or pruned; 1 a trial failed or something broke; 2 wrong usage, config or run folder;
130 stopped by Ctrl-C (once stops after the current steps, twice kills).`;

const VERDICT_HELP = `
Every combination of the other values is a comparison of its own, and all of them together keep the level (Holm). keep: B is better. discard:
it is not better by the margin, or it is worse. test again: neither is known yet; the output has the command that adds the seeds.

Exit codes: 20 test again, while one comparison says so; then 0 keep, where all do, else 10 discard; 1 a file is damaged; 2 wrong usage.`;

const RUN_EXAMPLES = `
Examples:
  nf-sweeps run sweeps/quickstart.yaml --parallel 4
  nf-sweeps run sweeps/quickstart.yaml --quick axes.clipFactor=off,0.01 axes.batchSize=64
  nf-sweeps run sweeps/quickstart.yaml trial.learningRate.base=0.2 --out runs/faster

A second run in the same folder makes only what is missing. Other values than the folder was made with need another --out.`;
