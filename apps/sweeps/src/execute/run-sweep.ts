import { aFunction, aText, checkOptions, rule } from '@nfnets/options';
import { keysOfSeed, orderTrials, sweepTrials } from '../plan/index.js';
import { type SweepSummary, summarize, writeReport } from '../report/index.js';
import {
  assertConfig,
  isFinished,
  type SweepConfig,
  TRIAL_EXIT,
  type TrialRecord,
  type TrialStatus,
} from '../schema/index.js';
import {
  fullRecord,
  jsonText,
  LEASE_SECONDS,
  layOutRun,
  lockRunFolder,
  openRun,
  readMetrics,
  readRecord,
  readRecords,
  readStatus,
  runFiles,
  trialFiles,
  underLease,
  updateIndex,
  writeJson,
} from '../store/index.js';
import type { Executor, ExecutorEvent, TrialJob } from './executor.js';
import { localExecutor } from './local-executor.js';
import { type Pruner, prunerOf } from './prune-trials.js';

/** What a sweep tells while it runs. */
export type SweepEvent =
  | TrialSweepEvent
  /** Something the user should know of the sweep as a whole, in a line. */
  | { readonly type: 'note'; readonly text: string };

/** What a sweep tells of its trials. */
export type TrialSweepEvent =
  | { readonly type: 'plan'; readonly records: readonly TrialRecord[]; readonly todo: readonly string[] }
  | Exclude<ExecutorEvent, { type: 'end' | 'note' }>
  | { readonly type: 'end'; readonly id: string; readonly status: TrialStatus; readonly output: string };

/** Options of {@link runSweep}. */
export interface RunSweepOptions {
  /** The run folder. Default `runs/<name>`. */
  readonly dir?: string;
  /** Runs the trials. Default child processes of this one. */
  readonly executor?: Executor;
  /** Told what happens. Default nobody. */
  readonly onEvent?: (event: SweepEvent) => void;
  /** Stops the running trials after their current step and starts no more. Default never. */
  readonly stop?: AbortSignal;
  /** The trials to run of those that the config asks for, each time it is planned. Default all. */
  readonly select?: (records: readonly TrialRecord[]) => readonly TrialRecord[];
  /** Ends the running trials at once. Default never. */
  readonly kill?: AbortSignal;
}

/**
 * Runs every trial of `config` that the run folder does not already hold as done or diverged, then writes
 * `summary.json`, the report and the index, and returns the summary.
 *
 * A trial that fails is in the summary, not an exception.
 *
 * @param config What {@link loadSweepConfig} reads.
 * @throws SweepError when the folder belongs to another plan, another run works in it, or the disk is full; TypeError or RangeError for an
 * argument that cannot be used.
 * @example
 * ```ts
 * import { loadSweepConfig, runSweep } from '@nfnets/sweeps';
 *
 * const config = await loadSweepConfig('quickstart.yaml', { quick: true });
 * const { counts, best } = await runSweep(config, { dir: 'runs/try', onEvent: ({ type }) => console.log(type) });
 * console.log(counts, best?.accuracy);
 * ```
 */
export async function runSweep(config: SweepConfig, options: RunSweepOptions = {}): Promise<SweepSummary> {
  assertConfig('runSweep', config);
  checkOptions<RunSweepOptions>('runSweep', options, {
    dir: aText,
    executor: rule('an Executor, such as localExecutor(...) gives', (value) => hasMethod(value, 'execute')),
    onEvent: aFunction,
    select: aFunction,
    stop: aSignal,
    kill: aSignal,
  });
  const {
    dir = `runs/${config.name}`,
    onEvent = () => {},
    select = (records: readonly TrialRecord[]) => records,
  } = options;
  const { parallel, engine, restarts, workers, trialModule } = config;
  const executor =
    options.executor ?? localExecutor({ parallel, engine, restarts, workers, ...(trialModule ? { trialModule } : {}) });
  const unlock = lockRunFolder(dir);
  try {
    // A status the disk refused must not be lost for the summary.
    const unwritten = new Map<string, TrialStatus>();
    const tried = new Set<string>();
    const note = (text: string) => onEvent({ type: 'note', text });
    const sample = () => sweepTrials(config, (trial) => readRecord(dir, trial));
    let trials = sample();
    for (;;) {
      const plan = layOutRun(dir, config, trials);
      const others = plan.trials.length - trials.length;
      if (others > 0)
        note(`${trials.length} of the ${plan.trials.length} trials of this folder are asked for; the report has all.`);
      const known = readRecords(dir, trials);
      const records = select(known);
      const todo = records.filter(({ trial, status }) => !isFinished(status) && !tried.has(trial.id));
      const jobs = orderTrials(
        todo.map(({ trial }) => trial),
        config,
      ).map(({ id }) => ({ id, dir: runFiles(dir).trial(id) }));
      onEvent({ type: 'plan', records, todo: jobs.map(({ id }) => id) });
      for (const { id } of jobs) tried.add(id);
      await runJobs(executor, jobs, { dir, options, unwritten, pruner: prunerOf(config, dir, known) });
      const sampled = sample();
      if (options.stop?.aborted || sampled.length === trials.length) break;
      trials = sampled;
    }

    // All of the folder, also where only a part of its trials was asked for.
    const { plan, records, damage } = await openRun(dir);
    const final = records.map((record) => {
      const status = unwritten.get(record.trial.id);
      return status ? fullRecord(dir, { trial: record.trial, status }) : record;
    });
    const summary = summarize(config.name, final, keysOfSeed(config.references));
    writeJson(runFiles(dir).summary, summary);
    const { problems } = await writeReport(dir, plan.config, final);
    for (const problem of problems) note(`In the report ${problem}.`);
    for (const line of damage) note(line);
    await updateIndex(dir);
    return summary;
  } finally {
    unlock();
  }
}

const hasMethod = (value: unknown, name: string) =>
  typeof (value as Record<string, unknown> | null)?.[name] === 'function';

const aSignal = rule('an AbortSignal', (value) => value instanceof AbortSignal);

interface Round {
  readonly dir: string;
  readonly options: RunSweepOptions;
  readonly unwritten: Map<string, TrialStatus>;
  readonly pruner: Pruner | undefined;
}

/** Runs `jobs` and sees to it that each has a status. */
async function runJobs(executor: Executor, jobs: readonly TrialJob[], { dir, options, unwritten, pruner }: Round) {
  const { onEvent = () => {} } = options;
  const processes = new Map<string, number | undefined>();
  await executor.execute(jobs, {
    stop: options.stop ?? new AbortController().signal,
    kill: options.kill ?? new AbortController().signal,
    emit: (event) => {
      if (event.type === 'start') processes.set(event.id, event.pid);
      if (event.type === 'progress') pruner?.watch(event.id, event.event);
      if (event.type !== 'end') return onEvent(event);
      const { status, saved } = settle(runFiles(dir).trial(event.id), event, {
        pid: processes.get(event.id),
        wasStopped: options.stop?.aborted ?? false,
      });
      if (!saved) unwritten.set(event.id, status);
      onEvent({ type: 'end', id: event.id, status, output: event.output });
    },
  });
}

/**
 * Makes sure that the trial in `dir` has a final status, and returns it. A process that was killed could not write
 * its own, and one whose disk is full may have failed to. What an earlier process than `pid` left is no outcome of this one.
 */
function settle(
  dir: string,
  { exitCode, signal, output }: Extract<ExecutorEvent, { type: 'end' }>,
  { pid, wasStopped }: { pid: number | undefined; wasStopped: boolean },
): { status: TrialStatus; saved: boolean } {
  const written = readStatus(dir);
  if (isFinished(written)) return { status: written, saved: true };
  const isFromIt = pid === undefined || written?.process?.pid === pid;
  if (written && isFromIt && exitCode === TRIAL_EXIT[written.status as keyof typeof TRIAL_EXIT]) {
    return { status: written, saved: true };
  }
  const now = new Date().toISOString();
  const lastLine = output.trim().split('\n').at(-1);
  const failure =
    signal === null
      ? lastLine || `ended with exit code ${exitCode}`
      : `killed by ${signal}${signal === 'SIGKILL' ? ' (by hand, or the system was out of memory)' : ''}`;
  const status: TrialStatus = {
    metrics: {},
    startedAt: now,
    ...written,
    // Ctrl-C twice, or once while the process was still starting.
    ...(wasStopped && (signal !== null || exitCode === TRIAL_EXIT.preempted)
      ? { status: 'preempted', reason: `the sweep was stopped (${signal ?? 'before its first step'})` }
      : { status: 'failed', reason: failure }),
    step: readMetrics(dir).at(-1)?.step ?? 0,
    endedAt: now,
  };
  try {
    // Where another process works on the trial it is not this one's to write, but what became of it here is to be told.
    const saved = underLease(dir, LEASE_SECONDS, (lease) => lease.write(trialFiles(dir).status, jsonText(status)));
    return { status, saved };
  } catch {
    return { status, saved: false };
  }
}
