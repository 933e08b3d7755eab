import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { aFunction, aText, checkOptions, integerFrom, oneOf, rule } from '@nfnets/options';
import { ENGINES } from '../engines/index.js';
import { readTrial } from '../store/index.js';
import type { ExecuteOptions, Executor, TrialJob } from './executor.js';
import { estimateMemory, type MemoryPeak, readPeak, readPeaks, residentMemory } from './memory-estimate.js';
import { superviseTrial, type TrialProcessOptions } from './supervise-trial.js';

/** Options of {@link localExecutor}. */
export interface LocalExecutorOptions extends Omit<TrialProcessOptions, 'threads' | 'gpus'> {
  /** Trials at a time; they share the machine's threads. */
  readonly parallel: number;
  /** Graphics cards, dealt to the slots in turn. Default every trial sees all of them. */
  readonly gpus?: readonly string[];
  /** Bytes that are free. Default the system's own figure. */
  readonly availableMemory?: () => number;
}

const isTexts = (value: unknown) =>
  Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string');

/** Milliseconds until it is seen again whether a trial now fits into memory. */
const MEMORY_INTERVAL = 1000;

/**
 * Makes an executor that runs trials as child processes of this one, `parallel` at a time, in the order given. A trial that would not fit
 * into memory beside those that run, by what earlier ones took, waits for its turn.
 *
 * @throws TypeError or RangeError for an option that is unknown, lacking or out of its range.
 * @example
 * ```ts
 * import { loadSweepConfig, localExecutor, runSweep } from '@nfnets/sweeps';
 *
 * const executor = localExecutor({ engine: 'wasm', parallel: 4 });
 * await runSweep(await loadSweepConfig('quickstart.yaml'), { executor });
 * ```
 */
export function localExecutor(options: LocalExecutorOptions): Executor {
  checkOptions<LocalExecutorOptions>(
    'localExecutor',
    options,
    {
      parallel: integerFrom(1),
      engine: oneOf(ENGINES),
      restarts: integerFrom(0),
      workers: integerFrom(1),
      trialModule: aText,
      gpus: rule('a list of indices or ids of graphics cards, as texts', isTexts),
      command: rule('a list of a program and its arguments, as texts', isTexts),
      availableMemory: aFunction,
    },
    { required: ['parallel', 'engine'] },
  );
  const { workers = 1 } = options;
  const { parallel, gpus, availableMemory = () => process.availableMemory(), ...trial } = options;
  const threads = Math.max(1, Math.floor(availableParallelism() / parallel));
  return {
    async execute(jobs, controls) {
      const waiting = [...jobs];
      const memory = memoryPlan(jobs, availableMemory, workers);
      const slot = async (_: unknown, index: number) => {
        for (let job = waiting.shift(); job && !controls.stop.aborted; job = waiting.shift()) {
          await memory.room(job, controls.stop);
          if (controls.stop.aborted) break;
          const gpu = gpus ? { gpus: gpus[index % gpus.length]! } : {};
          const emit: ExecuteOptions['emit'] = (event) => {
            if (event.type === 'start') memory.started(job!, event.pid);
            controls.emit(event);
          };
          const end = await superviseTrial(job, { ...trial, threads, ...gpu }, { ...controls, emit });
          memory.ended(job);
          controls.emit(end);
        }
      };
      await Promise.all(Array.from({ length: Math.min(parallel, jobs.length) }, slot));
    },
  };
}

/** Who runs and what they will still take. */
function memoryPlan(jobs: readonly TrialJob[], available: () => number, workers: number) {
  const peaks: MemoryPeak[] = jobs[0] ? readPeaks(dirname(jobs[0].dir)) : [];
  const running = new Map<string, { need: number; pid: number | undefined }>();
  // What is known is of one worker, and the others take as much.
  const need = (job: TrialJob) => workers * (estimateMemory(readTrial(job.dir)!.config, peaks) ?? 0);
  const fits = (job: TrialJob) => {
    const growth = [...running.values()].map(({ need, pid }) => Math.max(0, need - workers * residentMemory(pid)));
    return need(job) <= available() - growth.reduce((sum, bytes) => sum + bytes, 0);
  };
  return {
    /** Waits until `job` fits, or nothing runs beside it, or `stop`; then counts it as running. */
    async room(job: TrialJob, stop: AbortSignal): Promise<void> {
      while (running.size > 0 && !stop.aborted && !fits(job)) {
        await setTimeout(MEMORY_INTERVAL, undefined, { signal: stop }).catch(() => {});
      }
      running.set(job.id, { need: need(job), pid: undefined });
    },
    started(job: TrialJob, pid: number | undefined): void {
      running.set(job.id, { need: need(job), pid });
    },
    ended(job: TrialJob): void {
      running.delete(job.id);
      const peak = readPeak(job.dir);
      if (peak) peaks.push(peak);
    },
  };
}
