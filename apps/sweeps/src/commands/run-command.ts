import { join } from 'node:path';
import { assertEngineWorks, type EngineName } from '../engines/index.js';
import {
  type Executor,
  localExecutor,
  redisExecutor,
  runSweep,
  type SweepEvent,
  slurmExecutor,
} from '../execute/index.js';
import { boundaries, countRepeats, repeatsLine, type Selection, selectTrials, sweepTrials } from '../plan/index.js';
import { boundaryTable, type SweepSummary, summaryTable } from '../report/index.js';
import type { SweepConfig, Trial } from '../schema/index.js';
import { readRecord, runFiles } from '../store/index.js';
import { SweepError } from '../sweep-error.js';
import { checkClipExclude, missingData } from '../trial/index.js';
import { progressDisplay } from '../watch/index.js';
import type { DocumentOf } from './documents/document-parts.js';
import type { runDocument } from './documents/run-document.js';
import type { ExecutorName } from './executors.js';
import { EXIT } from './exit-codes.js';
import { withKeyOptions } from './key-options.js';
import { loadConfig } from './load-config.js';
import { type CommandOutput, type CommandResult, textOf } from './output/command-result.js';
import { runEvents } from './run-events.js';

export interface RunCommandOptions extends Selection {
  readonly out?: string;
  readonly parallel?: number;
  readonly executor: ExecutorName;
  readonly redis: string;
  readonly slurm?: readonly string[];
  readonly gpus?: readonly string[];
  readonly quick?: boolean;
  readonly engine?: EngineName;
  readonly order?: string;
  readonly trialModule?: string;
  readonly workers?: number;
  readonly trustNetwork?: boolean;
}

/** Runs the sweep of `file`, a config or a run folder, and tells `output` how it goes. */
export async function runCommand(
  file: string,
  overrides: readonly string[],
  options: RunCommandOptions,
  output: CommandOutput,
): Promise<CommandResult<DocumentOf<typeof runDocument>>> {
  const { quick = false } = options;
  const { config, home } = await loadConfig(file, { quick, overrides: withKeyOptions(overrides, options) });
  const dir = options.out ?? home;
  const engine = options.engine ?? config.engine;
  await assertRunnable(config, { ...options, engine });
  const executor = await makeExecutor(config, { ...options, engine });

  const display = progressDisplay(output.people);
  const tell = (event: SweepEvent) => {
    for (const made of runEvents(event, new Date())) output.event(made);
    display.show(event);
  };
  const note = (text: string) => tell({ type: 'note', text });
  const stop = new AbortController();
  const kill = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) kill.abort();
    else note('Stopping after the current steps. Ctrl-C again kills the trials.');
    stop.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  // Of a folder that has more.
  const asked = new Set<string>();
  output.event({ type: 'sweep-started', time: new Date().toISOString(), name: config.name, dir });
  display.note(`Sweep ${config.name} in ${dir}`);
  const repeated = countRepeats(config);
  if (repeated > 0) note(repeatsLine(config, repeated));
  try {
    const summary = await runSweep(config, {
      dir,
      executor,
      onEvent: (event) => {
        if (event.type === 'plan') for (const { trial } of event.records) asked.add(trial.id);
        tell(event);
      },
      select: (records) => selectTrials(records, options),
      stop: stop.signal,
      kill: kill.signal,
    });
    display.close();
    return resultOf(config, summary, { dir, asked, isStopped: stop.signal.aborted });
  } finally {
    display.close();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

/** Fails where a trial could not so much as begin. */
async function assertRunnable(
  config: SweepConfig,
  { executor, engine }: RunCommandOptions & { engine: EngineName },
): Promise<void> {
  if (config.trialModule !== undefined) return;
  const trials = sweepTrials(config);
  // Of other machines it is not known here what they have, and what works on them.
  const isLocal = executor === 'local';
  const [missing] = isLocal ? missingData(trials) : [];
  if (missing) throw new SweepError(missing);
  if (isLocal) await assertEngineWorks(engine);
  await checkClipExclude(trials);
}

interface Ended {
  readonly dir: string;
  readonly asked: ReadonlySet<string>;
  readonly isStopped: boolean;
}

function resultOf(
  config: SweepConfig,
  summary: SweepSummary,
  { dir, asked, isStopped }: Ended,
): CommandResult<DocumentOf<typeof runDocument>> {
  const { report, figures, summary: summaryFile } = runFiles(dir);
  const { counts, best, trials } = summary;
  const failed = trials.filter(
    ({ id, status }) => asked.has(id) && status !== 'done' && status !== 'diverged' && status !== 'pruned',
  );
  const recordOf = (trial: Trial) => readRecord(dir, trial);
  const { boundary } = config;
  const searched = boundary && sweepTrials(config, recordOf).map(recordOf);
  const way = isStopped
    ? ['', 'Stopped. The same command continues.']
    : failed.length > 0
      ? [
          '',
          `${failed.length} of ${asked.size} trials failed: see log.txt in their folders under ${join(dir, 'trials')}. The same command runs only them again.`,
        ]
      : [];
  return {
    data: {
      ...{ type: 'sweep-ended', name: config.name, dir, asked: asked.size, isStopped, counts },
      failed: failed.map(({ id }) => id),
      ...(best ? { best } : {}),
      ...(boundary && searched ? { boundary: boundaries({ ...config, boundary }, searched) } : {}),
      files: { report, figures, summary: summaryFile },
    },
    text: (paint) =>
      textOf([
        ...summaryTable(summary, paint),
        ...(boundary && searched ? ['', ...boundaryTable({ ...config, boundary }, searched)] : []),
        '',
        `report   ${report}`,
        `figures  ${figures}`,
        `summary  ${summaryFile}`,
        ...way,
      ]),
    exitCode: isStopped ? EXIT.interrupted : failed.length > 0 ? EXIT.failed : EXIT.ok,
  };
}

async function makeExecutor(
  { parallel, restarts, workers, trustNetwork, trialModule }: SweepConfig,
  { executor, engine, redis, slurm = [], gpus, ...options }: RunCommandOptions & { engine: EngineName },
): Promise<Executor> {
  const trial = { engine, restarts, workers, ...(trialModule ? { trialModule } : {}) };
  const atATime = options.parallel ?? parallel;
  switch (executor) {
    case 'local':
      return localExecutor({ ...trial, parallel: atATime, ...(gpus ? { gpus } : {}) });
    case 'redis':
      return redisExecutor({ ...trial, url: redis });
    case 'slurm':
      return slurmExecutor({ ...trial, trustNetwork, parallel: atATime, arguments: slurm });
  }
}
