import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type ExecuteOptions, type Executor, TRIAL_EXIT, type TrialJob } from './executor.js';
import { ownCommand } from './own-command.js';
import { arrayRange, arrayScript, chunks, liveTasks, maxArraySize, slurm } from './slurm-array.js';
import { isFinished, readStatus, trialFiles } from './trial-folder.js';
import { trialTail } from './trial-tail.js';
import { writeFileSafely } from './write-file-safely.js';

export interface SlurmExecutorOptions {
  readonly engine: string;
  /** Trials at a time. */
  readonly parallel: number;
  /** How many times a trial whose task vanished is submitted again. */
  readonly restarts: number;
  /** For `sbatch`, as `--partition=gpu`, `--gres=gpu:1`, `--time=4:00:00`. */
  readonly arguments: readonly string[];
  readonly trialModule?: string;
  readonly command?: readonly [string, ...string[]];
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

/**
 * Runs trials as tasks of Slurm job arrays, one array for all of them or as many as the cluster's `MaxArraySize` makes it.
 *
 * Each array has a random name, and `slurm/<name>.txt` in the run folder lists its trials before it is submitted; so a
 * process that was killed at any point finds its tasks again by name, and only what is in no array is submitted.
 * The trials' files are the truth: `squeue` only tells what still waits or runs.
 */
export function slurmExecutor(options: SlurmExecutorOptions): Executor {
  const { pollSeconds = 5, restarts } = options;
  return {
    async execute(jobs, { emit, stop, kill }) {
      if (jobs.length === 0) return;
      const folder = join(dirname(dirname(resolve(jobs[0]!.dir))), 'slurm');
      mkdirSync(folder, { recursive: true });
      const open = new Map(jobs.map((job) => [resolve(job.dir), openTrial(job)]));
      const arrays = readArrays(folder);
      const size = await maxArraySize();
      const submit = async (dirs: readonly string[]) => {
        for (const chunk of chunks(dirs, size)) arrays.set(await submitArray(folder, chunk, options), chunk);
      };
      /** Folders of the trials that wait or run, with their states. */
      const live = async () => {
        const tasks = await liveTasks([...arrays.keys()]);
        return new Map(tasks.map(({ name, task, state }) => [arrays.get(name)![task]!, state]));
      };
      const waiting = await live();
      await submit([...open.keys()].filter((dir) => !waiting.has(dir)));

      let isStopping = false;
      for (let killed = 0; open.size > 0; ) {
        await setTimeout(1000 * pollSeconds, undefined, { signal: stop.aborted ? kill : stop }).catch(() => {});
        if (stop.aborted) {
          // Again at each look: Slurm puts back into the queue what ran on a node that it takes for lost meanwhile.
          await cancelWaiting([...arrays.keys()]);
          if (kill.aborted) await endRunning([...arrays.keys()]);
          else if (!isStopping) await stopRunning([...arrays.keys()]);
          isStopping = true;
        }
        if (kill.aborted && ++killed > 3) return;
        // The controller may be away for a while; the trials run on.
        const states = await live().catch(() => undefined);
        const again: string[] = [];
        for (const [dir, trial] of open) {
          const next = look(trial, states?.get(dir), { emit, isStopping, isKnown: states !== undefined, restarts });
          if (next === 'ended') open.delete(dir);
          if (next === 'submit') again.push(dir);
        }
        await submit(again);
      }
    },
  };
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

/** Submits one array for the trials in `dirs`, and returns its name. */
async function submitArray(folder: string, dirs: readonly string[], options: SlurmExecutorOptions): Promise<string> {
  const { engine, trialModule, parallel, command = ownCommand() } = options;
  const name = `nf-sweeps-${randomUUID().slice(0, 8)}`;
  const manifest = join(folder, `${name}.txt`);
  const script = join(folder, `${name}.sh`);
  writeFileSafely(manifest, `${dirs.join('\n')}\n`);
  writeFileSafely(script, arrayScript({ manifest, command, engine, ...(trialModule ? { trialModule } : {}) }));
  const output = join(folder, `${name}.log`);
  await slurm(
    'sbatch',
    ...[`--job-name=${name}`, `--array=${arrayRange(dirs.length, parallel)}`, `--output=${output}`],
    ...options.arguments,
    script,
  );
  return name;
}

/** The arrays that were submitted, or were about to be, from the run folder: names with the folders of their trials. */
function readArrays(folder: string): Map<string, readonly string[]> {
  const names = readdirSync(folder).filter((name) => name.endsWith('.txt'));
  return new Map(
    names.map((name) => [basename(name, '.txt'), readFileSync(join(folder, name), 'utf8').trim().split('\n')]),
  );
}

// `scancel` fails where there is nothing of the name, which is well.
const cancel = async (names: readonly string[], ...args: string[]) => {
  for (const name of names) await slurm('scancel', `--name=${name}`, ...args).catch(() => {});
};
/** Takes what waits out of the queue. */
const cancelWaiting = (names: readonly string[]) => cancel(names, '--state=PENDING');
/** Asks what runs to stop after its current step. */
const stopRunning = (names: readonly string[]) => cancel(names, '--signal=TERM', '--batch');
const endRunning = (names: readonly string[]) => cancel(names);

function logEnd(dir: string): string {
  const { log } = trialFiles(dir);
  return existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').slice(-25).join('\n') : '';
}
