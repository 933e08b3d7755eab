import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isFinished, TRIAL_EXIT } from '../../schema/index.js';
import { readStatus, trialFiles } from '../../store/index.js';
import type { ExecuteOptions, Executor, TrialJob } from '../executor.js';
import { trialTail } from '../trial-tail.js';
import { maxArraySize, NoSlurmError } from './slurm-programs.js';
import { SlurmArrays, type SlurmArraysOptions } from './submit-arrays.js';

export interface SlurmExecutorOptions extends SlurmArraysOptions {
  /** How many times a trial whose task vanished is submitted again. */
  readonly restarts: number;
  /** Seconds between two looks at `squeue` and the trials' files. */
  readonly pollSeconds?: number;
}

/** A trial that has not ended yet. */
interface OpenTrial {
  readonly job: TrialJob;
  readonly news: ReturnType<typeof trialTail>;
  isStarted: boolean;
  restarts: number;
  /** For how many looks in a row it was in no array. */
  missing: number;
}

/** A file server may tell other machines of a file some seconds late. */
const MISSING_LOOKS = 3;
/** Looks in a row at which Slurm may fail where nothing of the sweep is in the cluster. */
const FAILED_LOOKS = 3;

/**
 * Runs trials as tasks of Slurm job arrays, one array for all of them or as many as the cluster's `MaxArraySize` makes it.
 *
 * Each array has a random name, and `slurm/<name>.txt` in the run folder lists its trials before it is submitted; so a
 * process that was killed at any point finds its tasks again by name, and only what is in no array is submitted. What
 * `sbatch` does not take is submitted again at the next look. However many arrays there are, also of earlier processes,
 * no more than `parallel` tasks run: the arrays share the slots, and one without a slot is held.
 * The trials' files are the truth: `squeue` only tells what still waits or runs.
 */
export function slurmExecutor(options: SlurmExecutorOptions): Executor {
  const { pollSeconds = 5, restarts } = options;
  return {
    async execute(jobs, { emit, stop, kill }) {
      if (jobs.length === 0) return;
      const wait = () =>
        setTimeout(1000 * pollSeconds, undefined, { signal: stop.aborted ? kill : stop }).catch(() => {});
      const open = new Map(jobs.map((job) => [resolve(job.dir), openTrial(job)]));
      const arrays = new SlurmArrays(join(dirname(dirname(resolve(jobs[0]!.dir))), 'slurm'), options);
      await patiently(() => arrays.look(), wait);
      const size = await patiently(maxArraySize, wait);
      const known = arrays.states();
      arrays.add(
        [...open.keys()].filter((dir) => !known.has(dir)),
        size,
      );
      // sbatch waits by itself while the controller is busy: what runs by then is looked after meanwhile.
      arrays.submit(stop);

      let isStopping = false;
      let told = '';
      for (let killed = 0; open.size > 0; ) {
        const failure = stop.aborted ? undefined : arrays.failure;
        const isHopeless = arrays.failures >= FAILED_LOOKS && !arrays.isLive && !arrays.mayGoLater;
        if (failure instanceof NoSlurmError || (failure && isHopeless && !arrays.hasSubmitted)) throw failure;
        if (failure && isHopeless) {
          for (const dir of arrays.giveUp()) {
            emit({ type: 'end', id: open.get(dir)!.job.id, exitCode: null, signal: null, output: failure.message });
            open.delete(dir);
          }
        } else if (failure && failure.message !== told) {
          told = failure.message;
          emit({ type: 'note', text: `${told}\nIt is tried again every ${pollSeconds} s; nothing is lost.` });
        }
        await wait();
        if (stop.aborted) {
          // Again at each look: Slurm puts back into the queue what ran on a node that it takes for lost meanwhile.
          await arrays.cancel('--state=PENDING');
          if (kill.aborted) await arrays.cancel();
          else if (!isStopping) await arrays.cancel('--signal=TERM', '--batch');
          isStopping = true;
        }
        if (kill.aborted && ++killed > 3) return;
        // The controller may be away for a while; the trials run on.
        const isKnown = await arrays.look().then(
          () => true,
          () => false,
        );
        const states = arrays.states();
        const again: string[] = [];
        for (const [dir, trial] of open) {
          const state = states.get(dir);
          // What is only cleaned up, or not submitted, needs no more waiting for.
          const isOver = isStopping && (state === 'COMPLETING' || state === 'UNSUBMITTED');
          const next = look(trial, isOver ? undefined : state, { emit, isStopping, isKnown, restarts });
          if (next === 'ended') open.delete(dir);
          if (next === 'submit') again.push(dir);
        }
        if (isStopping || !isKnown) continue;
        arrays.add(again, size);
        arrays.submit(stop);
        await arrays.share().catch(() => {});
      }
    },
  };
}

/** What `ask` answers, also where it fails now and then; `wait` passes the time between two tries. */
async function patiently<T>(ask: () => Promise<T>, wait: () => Promise<void>): Promise<T> {
  for (let failed = 1; ; failed++) {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof NoSlurmError || failed >= FAILED_LOOKS) throw error;
      await wait();
    }
  }
}

const openTrial = (job: TrialJob): OpenTrial => ({
  job,
  news: trialTail(job.dir),
  isStarted: false,
  restarts: 0,
  missing: 0,
});

/** Tells what is new about a trial whose task is in `state`, undefined when in no array, and what is to be done about it. */
function look(
  trial: OpenTrial,
  state: string | undefined,
  options: Pick<ExecuteOptions, 'emit'> & { isStopping: boolean; isKnown: boolean; restarts: number },
): 'ended' | 'submit' | undefined {
  const { emit, isStopping, isKnown, restarts } = options;
  const { id, dir } = trial.job;
  const status = readStatus(dir);
  const start = () => {
    if (!trial.isStarted) emit({ type: 'start', id, pid: undefined });
    trial.isStarted = true;
  };
  const end = (exitCode: number | null) => {
    start();
    emit({ type: 'end', id, exitCode, signal: null, output: exitCode === null ? logEnd(dir) : '' });
    return 'ended' as const;
  };
  if (state === 'RUNNING') start();
  if (trial.isStarted) for (const event of trial.news()) emit({ type: 'progress', id, event });
  if (isFinished(status)) return end(TRIAL_EXIT[status.status]);
  if (state !== undefined || !isKnown) {
    trial.missing = 0;
    return undefined;
  }
  if (isStopping) return trial.isStarted || status ? end(TRIAL_EXIT.preempted) : 'ended';
  if (++trial.missing < MISSING_LOOKS) return undefined;
  trial.missing = 0;
  // Stopped before its time limit, with a checkpoint.
  if (status?.status === 'preempted') return 'submit';
  if (status?.status === 'failed' || trial.restarts >= restarts) return end(null);
  trial.restarts++;
  const output = logEnd(dir);
  emit({ type: 'restart', id, restart: trial.restarts, restarts, reason: 'vanished from the cluster', output });
  return 'submit';
}

function logEnd(dir: string): string {
  const { log } = trialFiles(dir);
  return existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').slice(-25).join('\n') : '';
}
