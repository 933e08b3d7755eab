import { resolve } from 'node:path';
import type { EngineName } from '../engines/index.js';
import { isFinished, settledOutcome, TRIAL_EXIT, type TrialStatus } from '../schema/index.js';
import {
  acquireLease,
  jsonText,
  LEASE_SECONDS,
  LeaseHeldError,
  LeaseLostError,
  processIdentity,
  readStatus,
  readTrial,
  type TrialLease,
  trialFiles,
} from '../store/index.js';
import { SweepError } from '../sweep-error.js';
import { followTrial, type TrialProgress } from './follow-trial.js';
import { listenForStop } from './listen-for-stop.js';
import { loadTrialFunction } from './load-trial-function.js';
import { runWorker } from './run-worker.js';
import { isLostWorker, workerIndex } from './trial-group.js';
import { type TrialTrackers, trialTrackers } from './trial-trackers.js';

export interface RunTrialOptions {
  readonly engine: EngineName;
  readonly threads: number;
  /** Processes that train it together, of which this is one. Default 1. */
  readonly workers?: number;
  /** Whether they may be on several machines. Default false. */
  readonly trustNetwork?: boolean;
  /** Module whose default export is the `TrialFunction` to run instead of the real training. */
  readonly trialModule?: string;
  /** Seconds without a sign of life after which another process may take the trial over. */
  readonly leaseSeconds?: number;
}

/** An orphan of a sweep that was killed ends after its current step, which may take minutes. */
const WAIT_SECONDS = 600;

/**
 * Runs the trial whose `config.json` is in `folder`, writes all its other files there, and returns its exit code.
 *
 * A trial that is finished is not computed again. It holds the trial's lease: waits for a process that works on it,
 * takes over from one that is gone, and writes nothing more when it is taken over itself. Stops after the current
 * step, as `preempted`, on SIGINT, SIGTERM, SIGUSR1 (Slurm's warning), a `stop` message from the parent process, or
 * when that parent goes away. Where another of its workers is lost it ends as preempted, with its status as it was. An error in the
 * trial is recorded as `failed`, with its stack on stderr.
 */
export async function runTrial(folder: string, options: RunTrialOptions): Promise<number> {
  // From the root: the working folder may go away while it runs.
  const dir = resolve(folder);
  if (!readTrial(dir)) throw new SweepError(`${dir}: holds no trial (no config.json).`);
  const { leaseSeconds: expiry = LEASE_SECONDS } = options;
  const known = readStatus(dir);
  if (isFinished(known)) return TRIAL_EXIT[known.status];
  const { workers = 1, engine, threads, trustNetwork = false } = options;
  if (workerIndex(workers) > 0) {
    const context = {
      engine,
      threads,
      workers,
      trustNetwork,
      checkpointDir: trialFiles(dir).checkpoints,
      signal: new AbortController().signal,
      assertHeld: () => {},
    };
    return runWorker(readTrial(dir)!, await loadTrialFunction(options.trialModule), context);
  }
  const stop = listenForStop();
  try {
    const lease = await acquireLease(dir, { expiry, wait: WAIT_SECONDS, stop });
    const earlier = readStatus(dir);
    const code = isFinished(earlier) ? TRIAL_EXIT[earlier.status] : await runHeldTrial(dir, lease, stop, options);
    lease.release();
    return code;
  } catch (error) {
    if (!(error instanceof LeaseHeldError || error instanceof LeaseLostError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return stop.aborted && error instanceof LeaseHeldError ? TRIAL_EXIT.preempted : TRIAL_EXIT.held;
  }
}

async function runHeldTrial(
  dir: string,
  lease: TrialLease,
  stop: AbortSignal,
  { engine, threads, workers = 1, trustNetwork = false, trialModule }: RunTrialOptions,
): Promise<number> {
  const startedAt = new Date().toISOString();
  const progress: TrialProgress = { step: 0, metrics: {} };
  const writeStatus = (status: TrialStatus['status'], extra: Partial<TrialStatus> = {}) => {
    const value: TrialStatus = {
      status,
      ...progress,
      startedAt,
      ...(status === 'running' ? {} : { endedAt: new Date().toISOString() }),
      process: processIdentity(),
      attempt: lease.token,
      // Node tells it in KiB.
      ...(status === 'running' ? {} : { peakMemory: process.resourceUsage().maxRSS * 1024 }),
      ...extra,
    };
    lease.write(trialFiles(dir).status, jsonText(value));
  };

  const tell = (line: string) => void process.stderr.write(`${line}\n`);
  let trackers: TrialTrackers | undefined;
  try {
    writeStatus('running');
    trackers = await trialTrackers(dir, readTrial(dir)!, tell);
    const context = {
      engine,
      threads,
      workers,
      trustNetwork,
      checkpointDir: trialFiles(dir).checkpoints,
      signal: stop,
      assertHeld: lease.check,
    };
    const outcome = await followTrial(dir, {
      run: await loadTrialFunction(trialModule),
      context,
      lease,
      stop,
      progress,
      trackers,
    });
    if (outcome === undefined) {
      await trackers.close(undefined);
      writeStatus('preempted', { reason: stop.reason as string });
      return TRIAL_EXIT.preempted;
    }
    // The metrics of an attempt that was resumed after its last epoch are in the file alone.
    const settled = settledOutcome(outcome, progress.step, progress.metrics);
    const { status, ...rest } = settled;
    writeStatus(status, rest);
    await trackers.close(settled);
    return TRIAL_EXIT[status];
  } catch (error) {
    // What is recorded is the heir's from now on.
    if (error instanceof LeaseLostError) throw error;
    if (isLostWorker(error)) {
      // As of a process that was killed: it goes on from its checkpoint when all are there again.
      process.stderr.write(`${error.message}\n`);
      await trackers?.close(undefined);
      return TRIAL_EXIT.preempted;
    }
    const isKnown = error instanceof SweepError;
    process.stderr.write(`${isKnown ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
    // The status may not fit on a full disk either; the parent process then keeps the reason.
    try {
      writeStatus('failed', { reason: error instanceof Error ? error.message : String(error) });
    } catch {}
    await trackers?.close('failed');
    return TRIAL_EXIT.failed;
  }
}
