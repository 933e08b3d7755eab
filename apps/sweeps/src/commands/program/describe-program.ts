import { readFileSync } from 'node:fs';
import { Argument, Command, Option } from 'commander';
import { ENGINES, type EngineName, MEASURABLE_ENGINES, probeEngine } from '../../engines/index.js';
import type { RunTrialOptions } from '../../trial/index.js';
import { EXIT, exitCodeLines } from '../exit-codes.js';
import { commandAdder, type TakeTask } from './add-command.js';
import { addFolderCommands } from './folder-commands.js';
import { wholeNumber } from './option-values.js';
import { engine, trialModule } from './shared-options.js';
import { addSweepCommands } from './sweep-commands.js';

/** What the command line knows. */
export interface Program {
  readonly program: Command;
  /** Names of the commands that print JSON as lines, not as one document. */
  readonly streams: ReadonlySet<string>;
}

/** The commands. Each loads its code when it is called, so that `--help` and `ls` do not wait for tfjs. */
export function describeProgram(take: TakeTask): Program {
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const program = new Command('nf-sweeps')
    .description(
      'Trains a network once for every combination of clip factor, batch size, or any other setting, and draws what came out.',
    )
    .version(version)
    .exitOverride()
    .showHelpAfterError('(nf-sweeps --help lists the commands and options)')
    .addHelpText('after', () => `${EXAMPLES}\n${exitCodeLines().join('\n')}`);
  const streams = new Set<string>();
  const add = commandAdder(program, take, streams);
  addSweepCommands(add);
  addFolderCommands(add);
  const doctor = add(
    'doctor',
    'show which engines work on this machine, how fast each is, and how to get a faster one',
  );
  doctor.command.addArgument(new Argument('[engines...]', 'try these only').choices(MEASURABLE_ENGINES));
  doctor.does(async (_, engines: EngineName[]) => (await import('../doctor-command.js')).doctorCommand(engines));
  const guide = add('guide', 'print one page that tells a program how to plan, run, watch and judge');
  guide.does(async () => (await import('../guide-command.js')).guideCommand(program.commands));
  addHiddenCommands(program);
  return { program, streams };
}

/** What this program starts itself, in processes of their own. */
function addHiddenCommands(program: Command): void {
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
    .option('--workers <number>', 'processes that train it together', wholeNumber, 1)
    .option('--trust-network', 'whether they may be on several machines')
    .addOption(new Option('--lease-seconds <seconds>').env('NF_SWEEPS_LEASE_SECONDS').argParser(Number).hideHelp())
    .addOption(trialModule())
    .action(async (dir: string, options: RunTrialOptions) => {
      const code = await (await import('../../trial/index.js')).runTrial(dir, options);
      // Engines keep threads and handles open that would hold the process.
      process.exit(code);
    });
}

const EXAMPLES = `
Examples:
  nf-sweeps init images/ --out first.yaml               a first config for your images, with comments
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
  nf-sweeps guide                                       how a program uses all of this, on one page

Exit codes:`;
