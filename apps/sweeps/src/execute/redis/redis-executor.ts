import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isFinished } from '../../schema/index.js';
import { readStatus } from '../../store/index.js';
import type { Executor, TrialJob } from '../executor.js';
import { trialTail } from '../trial-tail.js';
import {
  connectRedis,
  hostOf,
  QUEUE,
  type QueuedEnd,
  type QueuedTrial,
  queueId,
  STOP_CHANNEL,
  type StopMessage,
  sweepOf,
} from './redis-queue.js';
import { workerWatch } from './worker-watch.js';

export interface RedisExecutorOptions {
  /** Of a Redis or a Valkey, as `redis://host:6379`. */
  readonly url: string;
  readonly engine: string;
  readonly restarts: number;
  /** Processes that train a trial together, on slots of one machine. Default 1. */
  readonly workers?: number;
  readonly trialModule?: string;
}

/** Milliseconds between two looks at the trials' files, and at what became of those that the queue has lost. */
const POLL_INTERVAL = 1000;
const LOST_INTERVAL = 10_000;
/** Milliseconds between two looks at the workers. */
const WORKER_INTERVAL = 3000;

/**
 * Runs trials on the workers of a Redis queue (`nf-sweeps worker`), which see the run folder under the same path.
 *
 * The files are the truth here too: the queue only says who runs what. A trial that is queued already is not queued
 * again, and one that the queue has lost (a server that was killed may forget its last second) is.
 */
export function redisExecutor({ url, engine, restarts, workers = 1, trialModule }: RedisExecutorOptions): Executor {
  return {
    async execute(jobs, { emit, stop, kill }) {
      if (jobs.length === 0) return;
      const { bullmq, connection } = await connectRedis(url);
      const queue = new bullmq.Queue<QueuedTrial, QueuedEnd>(QUEUE, { connection });
      const events = new bullmq.QueueEvents(QUEUE, { connection: connection.duplicate() });
      // What goes wrong while the server restarts is made good when it is back.
      queue.on('error', () => {});
      events.on('error', () => {});
      const sweep = sweepOf(jobs[0]!);
      if (workers > 1) {
        const text = `The ${workers} workers of a trial run on ${workers} slots of one machine: nf-sweeps worker --slots ${workers}, or a multiple.`;
        emit({ type: 'note', text });
      }
      const open = new Map(jobs.map((job) => [queueId(sweep, job.id), job]));
      const running = new Map<string, ReturnType<typeof trialTail>>();

      const start = (key: string) => {
        const job = open.get(key);
        if (!job || running.has(key)) return;
        running.set(key, trialTail(job.dir));
        emit({ type: 'start', id: job.id, pid: undefined });
      };
      const tell = (key: string) => {
        for (const event of running.get(key)!()) emit({ type: 'progress', id: open.get(key)!.id, event });
      };
      const end = (key: string, { exitCode, signal, output }: QueuedEnd) => {
        const job = open.get(key);
        if (!job) return;
        start(key);
        // A short trial may end between two looks at its files.
        tell(key);
        open.delete(key);
        running.delete(key);
        emit({ type: 'end', id: job.id, exitCode, signal, output });
      };
      const enqueue = (entries: readonly (readonly [string, TrialJob])[]) =>
        queue.addBulk(
          entries.map(([jobId, { id, dir }]) => ({
            name: 'trial',
            data: { sweep, id, dir: resolve(dir), engine, restarts, workers, ...(trialModule ? { trialModule } : {}) },
            opts: { jobId, removeOnComplete: true, removeOnFail: true },
          })),
        );
      events.on('active', ({ jobId }) => start(jobId));
      events.on('completed', ({ jobId, returnvalue }) => end(jobId, returnvalue as unknown as QueuedEnd));
      events.on('failed', ({ jobId, failedReason }) =>
        end(jobId, { exitCode: null, signal: null, output: failedReason }),
      );

      /** Ends the trials whose end was not heard, starts those whose start was not, and queues again what is in no queue. */
      const mend = async () => {
        const lost: [string, TrialJob][] = [];
        for (const [key, job] of [...open]) {
          const state = await queue.getJobState(key);
          if (state === 'active') start(key);
          if (state !== 'unknown' || !open.has(key)) continue;
          if (isFinished(readStatus(job.dir))) end(key, { exitCode: 0, signal: null, output: '' });
          else lost.push([key, job]);
        }
        if (lost.length > 0 && !stop.aborted) await enqueue(lost);
      };
      /** Takes out of the queue what has not started, and asks the workers to stop the rest. */
      const halt = async () => {
        for (const key of [...open.keys()].filter((key) => !running.has(key))) {
          // It cannot be removed while a worker has it.
          if (await queue.remove(key)) open.delete(key);
          else start(key);
        }
        const message: StopMessage = { sweep, kill: kill.aborted };
        await connection.publish(STOP_CHANNEL, JSON.stringify(message));
      };

      const watch = workerWatch(`nf-sweeps worker --redis ${shownUrl(url)}`);
      const lookForWorkers = async () => {
        // Some servers do not tell who is connected.
        const workers = await queue.getWorkersCount().catch(() => undefined);
        const text = workers === undefined ? undefined : watch(workers, performance.now());
        if (text !== undefined && !stop.aborted && open.size > 0) emit({ type: 'note', text });
      };

      try {
        await events.waitUntilReady();
        await enqueue([...open]);
        let looked = Number.NEGATIVE_INFINITY;
        for (let mended = performance.now(), killed = 0; open.size > 0; ) {
          if (performance.now() - looked > WORKER_INTERVAL) {
            looked = performance.now();
            // A server that is away answers when it is back, which nothing waits for.
            void lookForWorkers();
          }
          await setTimeout(POLL_INTERVAL, undefined, { signal: stop.aborted ? kill : stop }).catch(() => {});
          for (const key of running.keys()) tell(key);
          if (stop.aborted) await halt();
          if (kill.aborted && ++killed > 5) return;
          if (performance.now() - mended > LOST_INTERVAL) {
            await mend();
            mended = performance.now();
          }
        }
      } finally {
        await Promise.allSettled([queue.close(), events.close()]);
        connection.disconnect();
      }
    },
  };
}

/** `url` without its password. */
function shownUrl(url: string): string {
  if (!URL.canParse(url)) return url;
  const { protocol, pathname } = new URL(url);
  return `${protocol}//${hostOf(url)}${pathname === '/' ? '' : pathname}`;
}
