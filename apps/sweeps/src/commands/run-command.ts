import { join, resolve } from 'node:path';
import { assertEngineWorks, type EngineName } from '../engines/index.js';
import { type Executor, localExecutor, redisExecutor, runSweep, slurmExecutor } from '../execute/index.js';
import { countRepeats, repeatsLine, sweepTrials } from '../plan/index.js';
import { boundaryTable, summaryTable } from '../report/index.js';
import type { SweepConfig, Trial } from '../schema/index.js';
import { readRecord, runFiles } from '../store/index.js';
import { SweepError } from '../sweep-error.js';
import { terminalPaint } from '../terminal-paint.js';
import { checkClipExclude, missingData } from '../trial/index.js';
import { progressDisplay } from '../watch/index.js';
import type { ExecutorName } from './executors.js';
import { EXIT } from './exit-codes.js';
import { loadConfig } from './load-config.js';
import { withEngine } from './with-engine.js';

export interface RunCommandOptions {
  readonly out?: string;
  readonly parallel?: number;
  readonly executor: ExecutorName;
  readonly redis: string;
  readonly slurm?: readonly string[];
  readonly gpus?: readonly string[];
  readonly quick?: boolean;
  readonly engine?: EngineName;
  readonly trialModule?: string;
}

/** Runs the sweep of `file`, a config or a run folder, with progress on the terminal, and returns the exit code. */
export async function runCommand(
  file: string,
  overrides: readonly string[],
  options: RunCommandOptions,
): Promise<number> {
  const { quick = false, trialModule } = options;
  const { config, home } = await loadConfig(file, { quick, overrides: withEngine(overrides, options.engine) });
  const dir = options.out ?? home;
  const engine = options.engine ?? config.engine;
  const isLocal = options.executor === 'local';
  if (trialModule === undefined) {
    const trials = sweepTrials(config);
    // Of other machines it is not known here what they have, and what works on them.
    const [missing] = isLocal ? missingData(trials) : [];
    if (missing) throw new SweepError(missing);
    if (isLocal) await assertEngineWorks(engine);
    await checkClipExclude(trials);
  }
  const executor = await makeExecutor(config, { ...options, engine });

  const display = progressDisplay(process.stdout);
  const stop = new AbortController();
  const kill = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) kill.abort();
    else display.note('Stopping after the current steps. Ctrl-C again kills the trials.');
    stop.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  // Of a folder that has more.
  const asked = new Set<string>();
  display.note(`Sweep ${config.name} in ${dir}`);
  const repeated = countRepeats(config);
  if (repeated > 0) display.note(repeatsLine(config, repeated));
  try {
    const summary = await runSweep(config, {
      dir,
      executor,
      onEvent: (event) => {
        if (event.type === 'plan') for (const { trial } of event.records) asked.add(trial.id);
        display.show(event);
      },
      stop: stop.signal,
      kill: kill.signal,
    });
    display.close();
    const files = runFiles(dir);
    print(summaryTable(summary, terminalPaint(process.stdout)));
    if (config.boundary) {
      const recordOf = (trial: Trial) => readRecord(dir, trial);
      print(['', ...boundaryTable(config, sweepTrials(config, recordOf).map(recordOf))]);
    }
    print(['', `report   ${files.report}`, `figures  ${files.figures}`, `summary  ${files.summary}`]);
    if (stop.signal.aborted) {
      print(['', 'Stopped. The same command continues.']);
      return EXIT.interrupted;
    }
    const failed = summary.trials.filter(
      ({ id, status }) => asked.has(id) && status !== 'done' && status !== 'diverged' && status !== 'pruned',
    );
    if (failed.length === 0) return EXIT.ok;
    print([
      '',
      `${failed.length} of ${asked.size} trials failed: see log.txt in their folders under ${join(dir, 'trials')}. The same command runs only them again.`,
    ]);
    return EXIT.failed;
  } finally {
    display.close();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

async function makeExecutor(
  { parallel, restarts }: SweepConfig,
  { executor, engine, redis, slurm = [], gpus, trialModule, ...options }: RunCommandOptions & { engine: EngineName },
): Promise<Executor> {
  const trial = { engine, restarts, ...(trialModule ? { trialModule: resolve(trialModule) } : {}) };
  const atATime = options.parallel ?? parallel;
  switch (executor) {
    case 'local':
      return localExecutor({ ...trial, parallel: atATime, ...(gpus ? { gpus } : {}) });
    case 'redis':
      return redisExecutor({ ...trial, url: redis });
    case 'slurm':
      return slurmExecutor({ ...trial, parallel: atATime, arguments: slurm });
  }
}

const print = (lines: readonly string[]) => process.stdout.write(`${lines.join('\n')}\n`);
