import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { ExecuteOptions, Executor, TrialJob } from './executor.js';
import { logFile } from './log-file.js';
import { ownCommand } from './own-command.js';
import { trialFiles } from './trial-folder.js';
import type { TrialEvent } from './trial-function.js';

export interface LocalExecutorOptions {
  /** Trials at a time. */
  readonly parallel: number;
  readonly engine: string;
  /** Module whose default export is a `TrialFunction`, instead of the real training. */
  readonly trialModule?: string;
  /** Program and arguments that end in the command line of `nf-sweeps`, this process's own by default. */
  readonly command?: readonly [string, ...string[]];
}

/**
 * Runs trials as child processes of this one, `parallel` at a time, in the order given.
 *
 * Progress comes over the IPC channel rather than from `metrics.jsonl`: nothing to poll or parse, and a child
 * whose parent dies sees the channel close and stops.
 */
export function localExecutor(options: LocalExecutorOptions): Executor {
  return {
    async execute(jobs, controls) {
      const waiting = [...jobs];
      const slot = async () => {
        for (let job = waiting.shift(); job && !controls.stop.aborted; job = waiting.shift()) {
          await runJob(job, options, controls);
        }
      };
      await Promise.all(Array.from({ length: Math.min(options.parallel, jobs.length) }, slot));
    },
  };
}

function runJob(job: TrialJob, options: LocalExecutorOptions, { emit, stop, kill }: ExecuteOptions): Promise<void> {
  const threads = Math.max(1, Math.floor(availableParallelism() / options.parallel));
  const [program, ...prefix] = options.command ?? ownCommand();
  const args = [...prefix, 'run-trial', job.dir, '--engine', options.engine, '--threads', String(threads)];
  if (options.trialModule) args.push('--trial-module', options.trialModule);
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // For native engines, which read their thread count from the environment only.
    env: {
      ...process.env,
      OMP_NUM_THREADS: String(threads),
      TF_NUM_INTRAOP_THREADS: String(threads),
      TF_NUM_INTEROP_THREADS: '1',
    },
  });
  const log = logFile(trialFiles(job.dir).log);
  child.stdout?.on('data', log.write);
  child.stderr?.on('data', log.write);

  child.on('message', (event: TrialEvent) => emit({ type: 'progress', id: job.id, event }));
  const onStop = () => askToStop(child);
  const onKill = () => void child.kill('SIGKILL');
  stop.addEventListener('abort', onStop);
  kill.addEventListener('abort', onKill);
  emit({ type: 'start', id: job.id, pid: child.pid });

  return new Promise((resolve) => {
    let spawnError = '';
    const finish = (exitCode: number | null, signal: string | null) => {
      stop.removeEventListener('abort', onStop);
      kill.removeEventListener('abort', onKill);
      const output = spawnError + log.close();
      emit({ type: 'end', id: job.id, exitCode, signal, output });
      resolve();
    };
    child.on('error', (error) => {
      // Also raised when a message cannot be sent; only a child without a pid never ran.
      if (child.pid !== undefined) return;
      spawnError = `The process of the trial could not be started: ${error.message}\n`;
      finish(null, null);
    });
    child.on('close', (exitCode, signal) => {
      if (child.pid !== undefined) finish(exitCode, signal);
    });
  });
}

function askToStop(child: ChildProcess): void {
  // The callback keeps a channel that closes meanwhile from raising an error: the child is ending anyway.
  if (child.connected) child.send({ type: 'stop' }, () => {});
}
