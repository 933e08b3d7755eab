import { Option } from 'commander';
import { EXPORT_FORMATS, EXPORT_TABLES, type ExportOptions } from '../export-formats.js';
import type { ReproOptions } from '../repro-command.js';
import type { VerdictCommandOptions } from '../verdict-command.js';
import type { AddCommand } from './add-command.js';
import { notNegative, port, positive, share, wholeNumber } from './option-values.js';
import { engine, trialModule } from './shared-options.js';

/** Adds the commands about run folders. */
export function addFolderCommands(add: AddCommand): void {
  const report = add('report', 'write summary.json, report.html and figures/ again from what a run folder holds');
  report.command.argument('<dir>', 'run folder');
  report.does(async (_, dir: string) => (await import('../report-command.js')).reportCommand(dir));

  const compare = add('compare', 'compare two run folders trial by trial: a table of paired differences and a figure');
  compare.command
    .argument('<a>', 'run folder')
    .argument('<b>', 'run folder whose trials have the same values, but for those that are the same throughout each')
    .option('--out <dir>', 'where compare.json and the figure go (default: <a>-vs-<b> beside A)');
  compare.does(async (_, a: string, b: string, options: { out?: string }) =>
    (await import('../compare-command.js')).compareCommand(a, b, options),
  );

  const verdict = add(
    'verdict',
    'say whether B is really better than A: keep, discard, or test again with how many seeds',
  );
  verdict.command
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
    .addHelpText('after', VERDICT_HELP);
  verdict.does(async (_, a: string, b: string | undefined, options: VerdictCommandOptions) =>
    (await import('../verdict-command.js')).verdictCommand(a, b, options),
  );

  const serve = add('serve', 'show a run folder, or all in a folder, as live pages in the browser; reads only', {
    isStream: true,
  });
  serve.command
    .argument('<dir>', 'run folder, or a folder of run folders')
    .option(
      '--host <host>',
      'address to listen on; any but a loopback address asks for a token, which is printed',
      '127.0.0.1',
    )
    .option('--port <number>', 'port to listen on; 0 takes a free one', port, 7331);
  serve.does(async (output, dir: string, options: { host: string; port: number }) =>
    (await import('../serve-command.js')).serveCommand(dir, options, output),
  );

  const exported = add('export', 'write the trials of a run folder, or their epochs, as a table, a row each');
  exported.command
    .argument('<dir>', 'run folder')
    .addOption(new Option('--format <name>', 'of the table').choices(EXPORT_FORMATS).default('csv'))
    .addOption(new Option('--table <name>', 'what the rows are').choices(EXPORT_TABLES).default('trials'))
    .option('--out <file>', 'file to write (default: standard output)');
  exported.does(async (_, dir: string, options: ExportOptions) =>
    (await import('../export-command.js')).exportCommand(dir, options),
  );

  const ls = add('ls', 'list the sweeps in a folder of run folders');
  ls.command.argument('[dir]', 'folder', 'runs');
  ls.does(async (_, dir: string) => (await import('../ls-command.js')).lsCommand(dir));

  const repro = add('repro', 'run a trial again in a fresh folder, and compare the losses of its steps');
  repro.command
    .argument('<dir>', 'folder of the trial: runs/NAME/trials/ID')
    .option('--out <dir>', 'folder of the second run (default: repro/ID in the run folder)')
    .addOption(engine())
    .option('--tolerance <share>', 'largest relative difference of a loss that counts as the same', notNegative, 0)
    .addOption(trialModule());
  repro.does(async (output, dir: string, options: ReproOptions) =>
    (await import('../repro-command.js')).reproCommand(dir, options, output),
  );

  const gc = add('gc', 'remove the checkpoints of the finished trials of a run folder');
  gc.command.argument('<dir>', 'run folder').option('--dry-run', 'only say what it would free');
  gc.does(async (_, dir: string, options: { dryRun?: boolean }) =>
    (await import('../gc-command.js')).gcCommand(dir, options),
  );

  const reindex = add('reindex', 'make the SQLite index of a run folder again from the files of its trials');
  reindex.command.argument('<dir>', 'run folder');
  reindex.does(async (_, dir: string) => (await import('../reindex-command.js')).reindexCommand(dir));
}

const VERDICT_HELP = `
Every combination of the other values is a comparison of its own, and all of them together keep the level (Holm). keep: B is better. discard:
it is not better by the margin, or it is worse. test again: neither is known yet; the output has the command that adds the seeds.

Exit codes: 20 test again, while one comparison says so; then 0 keep, where all do, else 10 discard; 1 a file is damaged; 2 wrong usage.`;
