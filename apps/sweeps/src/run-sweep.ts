import { rmSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { type Executor, type ExecutorEvent, TRIAL_EXIT } from './executor.js';
import { localExecutor } from './local-executor.js';
import { planTrials, type Trial } from './plan-trials.js';
import { isAlive } from './process-identity.js';
import { readPlan, readRecords, runFiles, type TrialRecord } from './run-folder.js';
import { lockRunFolder } from './run-lock.js';
import { planConflicts, storedPlan } from './stored-plan.js';
import { type SweepSummary, summarize } from './summarize.js';
import { SweepError } from './sweep-error.js';
import type { SweepConfig } from './sweep-schema.js';
import { createTrialFolder, readMetrics, readStatus, type TrialStatus, trialFiles } from './trial-folder.js';
import { writeJson } from './write-file-safely.js';
import { writeReport } from './write-report.js';

/** What a sweep tells while it runs. */
export type SweepEvent =
  | { readonly type: 'plan'; readonly records: readonly TrialRecord[]; readonly todo: readonly string[] }
  | Exclude<ExecutorEvent, { type: 'end' }>
  | { readonly type: 'end'; readonly id: string; readonly status: TrialStatus; readonly output: string };

export interface RunSweepOptions {
  /** The run folder, `runs/<name>` by default. */
  readonly dir?: string;
  /** Runs the trials; child processes of this one by default. */
  readonly executor?: Executor;
  readonly onEvent?: (event: SweepEvent) => void;
  /** Stops the running trials after their current step and starts no more. */
  readonly stop?: AbortSignal;
  /** Ends the running trials at once. */
  readonly kill?: AbortSignal;
}

/**
 * Runs every trial of `config` that the run folder does not already hold as done or diverged, then writes
 * `summary.json` and the report, and returns the summary.
 *
 * A trial that fails is in the summary, not an exception. Throws a `SweepError` when the folder belongs to another
 * plan, another run works in it, or the disk is full.
 */
export async function runSweep(config: SweepConfig, options: RunSweepOptions = {}): Promise<SweepSummary> {
  const { dir = `runs/${config.name}`, onEvent = () => {} } = options;
  const executor = options.executor ?? localExecutor({ parallel: config.parallel, engine: config.engine });
  const unlock = lockRunFolder(dir);
  try {
    openPlan(dir, config);
    const trials = planTrials(config);
    for (const trial of trials) createTrialFolder(runFiles(dir).trial(trial.id), trial);
    const records = readRecords(dir, trials);
    const todo = records.filter(({ status }) => status?.status !== 'done' && status?.status !== 'diverged');
    await waitForOrphans(dir, todo);
    const jobs = longestFirst(todo.map(({ trial }) => trial)).map(({ id }) => ({ id, dir: runFiles(dir).trial(id) }));
    onEvent({ type: 'plan', records, todo: jobs.map(({ id }) => id) });

    // A status the disk refused must not be lost for the summary.
    const unwritten = new Map<string, TrialStatus>();
    await executor.execute(jobs, {
      stop: options.stop ?? new AbortController().signal,
      kill: options.kill ?? new AbortController().signal,
      emit: (event) => {
        // What an earlier attempt left must not be taken for the outcome of this one.
        if (event.type === 'start') rmSync(trialFiles(runFiles(dir).trial(event.id)).status, { force: true });
        if (event.type !== 'end') return onEvent(event);
        const { status, saved } = settle(runFiles(dir).trial(event.id), event, options.stop?.aborted ?? false);
        if (!saved) unwritten.set(event.id, status);
        onEvent({ type: 'end', id: event.id, status, output: event.output });
      },
    });

    const final = readRecords(dir, trials).map((record) => {
      const status = unwritten.get(record.trial.id) ?? record.status;
      return { ...record, ...(status ? { status } : {}) };
    });
    const summary = summarize(config.name, final);
    writeJson(runFiles(dir).summary, summary);
    await writeReport(dir, config, final);
    return summary;
  } finally {
    unlock();
  }
}

/** Stores the plan of `config` in `dir`, or throws where another plan's trials are. */
function openPlan(dir: string, config: SweepConfig): void {
  const stored = readPlan(dir);
  const planned = storedPlan(config);
  const conflicts = stored ? planConflicts(stored, planned) : [];
  if (conflicts.length > 0) {
    throw new SweepError(
      [
        `${dir}: this folder belongs to another plan:`,
        ...conflicts.map((line) => `  ${line}`),
        'Give another folder with --out, change the config back, or delete the folder. (A config that only adds axis values may continue in it.)',
      ].join('\n'),
    );
  }
  if (stored?.hash !== planned.hash) writeJson(runFiles(dir).plan, planned);
}

/** Small batches take the most steps: started last, one of them would run alone at the end. */
function longestFirst(trials: readonly Trial[]): Trial[] {
  return trials.toSorted((a, b) => b.derived.steps - a.derived.steps);
}

/**
 * Makes sure that the trial in `dir` has a final status, and returns it. A process that was killed could not write
 * its own, and one whose disk is full may have failed to.
 */
function settle(
  dir: string,
  { exitCode, signal, output }: Extract<ExecutorEvent, { type: 'end' }>,
  wasStopped: boolean,
): { status: TrialStatus; saved: boolean } {
  const written = readStatus(dir);
  const isFinal = written !== undefined && written.status !== 'running';
  const agrees = isFinal && exitCode === TRIAL_EXIT[written.status as keyof typeof TRIAL_EXIT];
  if (agrees) return { status: written, saved: true };

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
    ...(wasStopped && signal !== null
      ? { status: 'preempted', reason: `the sweep was stopped (${signal})` }
      : { status: 'failed', reason: failure }),
    step: readMetrics(dir).at(-1)?.step ?? 0,
    endedAt: now,
  };
  try {
    writeJson(trialFiles(dir).status, status);
    return { status, saved: true };
  } catch {
    return { status, saved: false };
  }
}

/**
 * Waits for trial processes whose sweep process was killed: they stop after their current step, and two processes
 * must not write one folder.
 */
async function waitForOrphans(dir: string, records: readonly TrialRecord[]): Promise<void> {
  for (const { trial, status } of records) {
    if (status?.status !== 'running' || !status.process) continue;
    for (let waited = 0; isAlive(status.process) === true; waited += 100) {
      if (waited > 60_000) {
        throw new SweepError(
          `${runFiles(dir).trial(trial.id)}: process ${status.process.pid} of an earlier run still works here. End it, then run again.`,
        );
      }
      await setTimeout(100);
    }
  }
}
