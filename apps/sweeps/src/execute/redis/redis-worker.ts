import { existsSync } from 'node:fs';
import { availableParallelism, hostname } from 'node:os';
import type { Job } from 'bullmq';
import { TRIAL_EXIT } from '../../schema/index.js';
import { trialFiles } from '../../store/index.js';
import { superviseTrial } from '../supervise-trial.js';
import {
  connectRedis,
  QUEUE,
  type QueuedEnd,
  type QueuedTrial,
  STOP_CHANNEL,
  type StopMessage,
} from './redis-queue.js';
import { SlotPool } from './slot-pool.js';

export interface RedisWorkerOptions {
  readonly url: string;
  /** Trials at a time; they share the machine's threads. */
  readonly slots: number;
  /** What runs the tensors, instead of what the sweep says. */
  readonly engine?: string;
  readonly gpus?: readonly string[];
  /** Seconds after which the trial of a worker that died goes to another. */
  readonly lockSeconds: number;
  /** Stops after the current steps and gives the trials back. */
  readonly stop: AbortSignal;
  readonly kill: AbortSignal;
  readonly tell: (line: string) => void;
}

/**
 * Takes trials from the queue at `url` and runs each in a child process, until `stop`.
 *
 * This process only watches: one that computed would not renew its claim in time, and its trial would be given to
 * another worker beside it.
 */
export async function redisWorker(options: RedisWorkerOptions): Promise<void> {
  const { url, slots, lockSeconds, stop, kill, tell } = options;
  const { bullmq, connection } = await connectRedis(url);
  const running = new Map<Job, { data: QueuedTrial; stop: AbortController; kill: AbortController }>();
  const threads = Math.max(1, Math.floor(availableParallelism() / slots));
  const pool = new SlotPool(Array.from({ length: slots }, (_, slot) => options.gpus?.[slot % options.gpus.length]));

  const process = async (job: Job<QueuedTrial, QueuedEnd>, token?: string): Promise<QueuedEnd> => {
    const { id, dir, engine, restarts, workers = 1, trialModule } = job.data;
    if (!existsSync(trialFiles(dir).config)) return notShared(dir);
    const controls = { data: job.data, stop: new AbortController(), kill: new AbortController() };
    running.set(job, controls);
    const taken = await pool.take(workers);
    const [gpus] = taken;
    const share = taken.length < workers ? `, which share ${taken.length} slots` : '';
    tell(`${id} started${workers > 1 ? ` with ${workers} workers${share}` : ''}`);
    try {
      const { exitCode, signal, output } = await superviseTrial(
        { id, dir },
        {
          engine: options.engine ?? engine,
          threads: threads * taken.length,
          restarts,
          workers,
          ...(gpus === undefined ? {} : { gpus }),
          ...(trialModule ? { trialModule } : {}),
        },
        {
          emit: (event) => event.type === 'restart' && tell(`${id} ${event.reason}, restarted`),
          stop: AbortSignal.any([stop, controls.stop.signal]),
          kill: AbortSignal.any([kill, controls.kill.signal]),
        },
      );
      tell(`${id} ended with ${signal ?? `code ${exitCode}`}`);
      const isGivenBack = stop.aborted && !controls.stop.signal.aborted;
      if (isGivenBack && (exitCode === TRIAL_EXIT.preempted || signal !== null)) {
        await job.moveToWait(token);
        throw new bullmq.WaitingError();
      }
      return { exitCode, signal, output };
    } finally {
      running.delete(job);
      pool.give(taken);
    }
  };

  const worker = new bullmq.Worker<QueuedTrial, QueuedEnd>(QUEUE, process, {
    connection,
    concurrency: slots,
    lockDuration: 1000 * lockSeconds,
    stalledInterval: 500 * lockSeconds,
    // A machine may be switched off any number of times: that is no fault of the trial.
    maxStalledCount: Number.MAX_SAFE_INTEGER,
  });
  const subscriber = connection.duplicate();
  // The server may be away for a while: what fails then is tried again when it is back.
  for (const emitter of [worker, subscriber]) emitter.on('error', () => {});
  subscriber.on('message', (_channel, text) => {
    const message = JSON.parse(text) as StopMessage;
    for (const { data, stop, kill } of running.values()) {
      if (data.sweep !== message.sweep) continue;
      stop.abort();
      if (message.kill) kill.abort();
    }
  });
  await subscriber.subscribe(STOP_CHANNEL);
  await worker.waitUntilReady();
  tell(`worker on ${hostname()}: ${slots} trials at a time, ${threads} threads each`);

  await new Promise<void>((resolve) => {
    if (stop.aborted) resolve();
    stop.addEventListener('abort', () => resolve());
  });
  await worker.close();
  subscriber.disconnect();
  connection.disconnect();
}

const notShared = (dir: string): QueuedEnd => ({
  exitCode: null,
  signal: null,
  output: `Worker on ${hostname()}: ${dir} is not there. The run folder (--out) must be on a disk that all machines share, under the same path.`,
});
