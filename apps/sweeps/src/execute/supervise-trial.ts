import { type ChildProcess, spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { ownCommand } from '../own-command.js';
import { TRIAL_EXIT, type TrialEvent } from '../schema/index.js';
import { readTrialLine, SOURCE_VARIABLE, sourceState, trialFiles } from '../store/index.js';
import type { ExecutorEvent, TrialJob } from './executor.js';
import { logFile } from './log-file.js';
import { OtherWorkers, workerVariables } from './trial-workers.js';

/** What every trial process of an executor is started with. */
export interface TrialProcessOptions {
  /** The engine, as `useBackend` of `@nfnets/backends` takes it, or `'auto'`. */
  readonly engine: string;
  /** Threads that it may compute on. */
  readonly threads: number;
  /** Processes that train the trial together; they share its threads. Default 1. */
  readonly workers?: number;
  /** Indices of the graphics cards it may see. Default all of them. */
  readonly gpus?: string;
  /** Module whose default export is a `TrialFunction`, instead of the real training. Default none. */
  readonly trialModule?: string;
  /** Program and arguments that end in the command line of `nf-sweeps`. Default this process's own. */
  readonly command?: readonly [string, ...string[]];
  /** How many times a trial whose process broke down is tried again. Default 0. */
  readonly restarts?: number;
}

/** Who listens to a trial process, and stops it. */
export interface TrialControls {
  readonly emit: (event: ExecutorEvent) => void;
  /** Asks it to stop after its current step. */
  readonly stop: AbortSignal;
  /** Ends it at once. */
  readonly kill: AbortSignal;
}

type TrialEnd = Extract<ExecutorEvent, { type: 'end' }>;

/**
 * Runs one job in a child process, and again up to `restarts` times where the process broke down, each time from its
 * last checkpoint. Resolves with how it ended, which is not emitted.
 *
 * Progress comes over the IPC channel rather than from `metrics.jsonl`: nothing to poll or parse, and a child
 * whose parent dies sees the channel close and stops.
 */
export async function superviseTrial(
  job: TrialJob,
  options: TrialProcessOptions,
  controls: TrialControls,
): Promise<TrialEnd> {
  const { restarts = 0, workers = 1 } = options;
  for (let restart = 1; ; restart++) {
    const end = await runOnce(job, options, controls);
    if (!brokeDown(end, workers) || restart > restarts || controls.stop.aborted || controls.kill.aborted) return end;
    const reason = end.signal === null ? `ended with exit code ${end.exitCode}` : `killed by ${end.signal}`;
    controls.emit({ type: 'restart', id: job.id, restart, restarts, reason, output: end.output });
  }
}

/**
 * Whether the process ended without a word, or because another of its workers did. A trial that told its error would fail again.
 */
function brokeDown({ exitCode, signal }: TrialEnd, workers: number): boolean {
  if (workers > 1 && exitCode === TRIAL_EXIT.preempted) return true;
  const codes: readonly number[] = Object.values(TRIAL_EXIT);
  return signal !== null || (exitCode !== null && !codes.includes(exitCode));
}

async function runOnce(
  job: TrialJob,
  options: TrialProcessOptions,
  { emit, stop, kill }: TrialControls,
): Promise<TrialEnd> {
  const { engine, gpus, trialModule, workers = 1 } = options;
  const threads = Math.max(1, Math.floor(options.threads / workers));
  const [program, ...prefix] = options.command ?? ownCommand();
  const args = [...prefix, 'run-trial', job.dir, '--engine', engine, '--threads', String(threads)];
  if (trialModule) args.push('--trial-module', trialModule);
  if (workers > 1) args.push('--workers', String(workers));
  const variables = await workerVariables(workers);
  const environments = variables.map((own) => ({
    ...process.env,
    // For native engines, which read their thread count from the environment only.
    OMP_NUM_THREADS: String(threads),
    TF_NUM_INTRAOP_THREADS: String(threads),
    TF_NUM_INTEROP_THREADS: '1',
    [SOURCE_VARIABLE]: JSON.stringify(sourceState(dirname(dirname(job.dir)))),
    ...(gpus === undefined ? {} : { CUDA_VISIBLE_DEVICES: gpus }),
    ...own,
  }));
  const [env, ...others] = environments;
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env });
  const log = logFile(trialFiles(job.dir).log);
  child.stdout?.on('data', log.write);
  child.stderr?.on('data', log.write);
  const beside = new OtherWorkers([program, ...args], others, log.write, child);

  child.on('message', (line: string) => {
    const event = readTrialLine<TrialEvent>(line);
    if (event) emit({ type: 'progress', id: job.id, event });
  });
  const onStop = () => askToStop(child);
  const onKill = () => {
    child.kill('SIGKILL');
    beside.kill();
  };
  stop.addEventListener('abort', onStop);
  kill.addEventListener('abort', onKill);
  emit({ type: 'start', id: job.id, pid: child.pid });
  // It may have been told before this child was there.
  if (stop.aborted) onStop();
  if (kill.aborted) onKill();

  return new Promise((resolve) => {
    let spawnError = '';
    const finish = async (exitCode: number | null, signal: string | null) => {
      if (child.pid === undefined) beside.kill();
      await beside.end();
      stop.removeEventListener('abort', onStop);
      kill.removeEventListener('abort', onKill);
      resolve({ type: 'end', id: job.id, exitCode, signal, output: spawnError + log.close() });
    };
    child.on('error', (error) => {
      // Also raised when a message cannot be sent; only a child without a pid never ran.
      if (child.pid !== undefined) return;
      spawnError = `The process of the trial could not be started: ${error.message}\n`;
      void finish(null, null);
    });
    child.on('close', (exitCode, signal) => {
      if (child.pid !== undefined) void finish(exitCode, signal);
    });
  });
}

function askToStop(child: ChildProcess): void {
  // The callback keeps a channel that closes meanwhile from raising an error: the child is ending anyway.
  if (child.connected) child.send({ type: 'stop' }, () => {});
}
